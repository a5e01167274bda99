package dev.joule.core.cuda.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All kernels of a program, as one text. A kernel is made of bodies that do not depend on each other, each of which has some of its blocks; or
 * of phases that follow each other, all of which each block does for its own rows. Equal functions, and equal kernels, are written once.
 */
public final class ModuleText {
    /** What every module begins with. */
    public static final String PRELUDE = resource("prelude.cu");

    private final Map<String, String> functions = new LinkedHashMap<>();   // name by text
    private final Map<String, String> kernels = new LinkedHashMap<>();   // name by text without name and comments
    private final Map<String, String> texts = new LinkedHashMap<>();   // of kernels by name
    private final Map<String, String> alone = new LinkedHashMap<>();   // whole files by kernel

    /** Adds a kernel, unless there is one like it.
     * @return its name */
    public String add(List<Body> bodies) {
        List<String> names = names(bodies);
        return add(bodies, names, body(bodies, names, false), body(bodies, names, true));
    }

    /** Adds a kernel in which each block takes {@code rows} rows of a batch through all phases.
     * @return its name */
    public String addRows(List<List<Body>> phases, int rows) {
        List<Body> bodies = phases.stream().flatMap(List::stream).toList();
        List<String> names = names(bodies);
        return add(bodies, names, phases(phases, names, rows, false), phases(phases, names, rows, true));
    }

    private List<String> names(List<Body> bodies) {
        return bodies.stream().map(body -> functions.computeIfAbsent(body.code(), _ -> "f" + functions.size())).toList();
    }

    private String add(List<Body> bodies, List<String> names, String shape, String commented) {
        return kernels.computeIfAbsent(shape, _ -> {
            String name = "k" + kernels.size();
            String text = "extern \"C\" __global__ void __launch_bounds__(THREADS) " + name + commented;
            texts.put(name, text);
            StringBuilder file = new StringBuilder(PRELUDE);
            for (int i = 0; i < names.size(); i++) {
                if (names.indexOf(names.get(i)) == i) {
                    file.append("\n").append(named(bodies.get(i).code(), names.get(i)));
                }
            }
            alone.put(name, file.append("\n").append(text).toString());
            return name;
        });
    }

    private static String body(List<Body> bodies, List<String> names, boolean comments) {
        int count = 1;
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bodies.size(); i++) {
            Body body = bodies.get(i);
            List<String> arguments = new ArrayList<>(List.of("block", "args.at[0]"));
            for (int a = 0; a < body.arguments().size(); a++) {
                arguments.add("args.at[" + count++ + "]");
            }
            boolean last = i == bodies.size() - 1;
            text.append(comments ? "    // " + body.origin().replace('\n', ' ') + "\n" : "")
                    .append("    ").append(last ? "" : "if (block < " + body.blocks() + ") return ")
                    .append(names.get(i)).append("(").append(String.join(", ", arguments)).append(");\n")
                    .append(last ? "" : "    block -= " + body.blocks() + ";\n");
        }
        return "(const Arguments<" + count + "> args) {\n    unsigned block = blockIdx.x;\n" + text + "}\n";
    }

    /** What a phase has written, all threads of the block see in the next. */
    private static String phases(List<List<Body>> phases, List<String> names, int rows, boolean comments) {
        List<Arg> all = Body.distinctArguments(phases.stream().flatMap(List::stream).toList());
        Iterator<String> name = names.iterator();
        String text = phases.stream().map(phase -> phase.stream().map(body -> call(body, name.next(), all, comments))
                .collect(Collectors.joining())).collect(Collectors.joining("    __syncthreads();\n"));
        return "(const Arguments<" + (1 + all.size()) + "> args) {\n    const unsigned row = blockIdx.x"
                + (rows == 1 ? "" : " * " + rows) + ";\n" + text + "}\n";
    }

    private static String call(Body body, String name, List<Arg> all, boolean comments) {
        String arguments = Stream
                .concat(Stream.of(body.blocks() == 1 ? "0" : "block", "row", "args.at[0]"),
                        body.arguments().stream().map(argument -> "args.at[" + (1 + all.indexOf(argument)) + "]"))
                .collect(Collectors.joining(", "));
        return (comments ? "    // " + body.origin().replace('\n', ' ') + "\n" : "") + "    "
                + (body.blocks() == 1 ? "" : "for (unsigned block = 0; block < " + body.blocks() + "; block++) ")
                + name + "(" + arguments + ");\n";
    }

    private static String named(String code, String name) {
        return code.replaceFirst(Body.NAME, name);
    }

    /** The whole source. */
    public String source() {
        StringBuilder source = new StringBuilder(PRELUDE);
        functions.forEach((code, name) -> source.append("\n").append(named(code, name)));
        texts.values().forEach(kernel -> source.append("\n").append(kernel));
        return source.toString();
    }

    /** A source for each kernel by its name, complete in itself, for people to read. */
    public Map<String, String> files() {
        return alone;
    }

    /** A file that is delivered with the library. */
    public static String resource(String name) {
        try (InputStream in = ModuleText.class.getResourceAsStream("/dev/joule/core/cuda/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
