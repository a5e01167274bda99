package dev.joule.core.cuda.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All kernels of a program, as one text. A kernel is made of bodies that do not depend on each other: each has some of its blocks. Equal
 * functions, and equal kernels, are written once.
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
        List<String> names = bodies.stream().map(body -> functions.computeIfAbsent(body.code(), _ -> "f" + functions.size()))
                .toList();
        String shape = body(bodies, names, false);
        return kernels.computeIfAbsent(shape, _ -> {
            String name = "k" + kernels.size();
            String text = "extern \"C\" __global__ void __launch_bounds__(THREADS) " + name + body(bodies, names, true);
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
