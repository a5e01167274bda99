package dev.joule.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Store;
import dev.joule.ed.file.Safetensors;

/** The folder that a command writes to. */
final class Outputs {
    private Outputs() {
    }

    /** Before the work begins: makes the folder, and tries whether it can be written to, and to these files. */
    static void requireWritable(Path folder, Stream<String> files) {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "joule", ".part"));
        } catch (IOException e) {
            throw new BadInput("cannot write to the folder " + folder + ": " + e);
        }
        files.map(folder::resolve)
                .forEach(file -> BadInput.require(!Files.isDirectory(file), "cannot write to " + file + ": it is a folder"));
    }

    /** Writes parameters under their names. @param value what is written of each: itself, or its average */
    static void save(Path file, Store store, List<Expr> parameters, UnaryOperator<Expr> value) throws IOException {
        Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
        parameters.forEach(parameter -> arrays.put(Names.of(parameter),
                new Safetensors.Array(parameter.dtype(), parameter.shape(), store.get(value.apply(parameter)))));
        Safetensors.write(file, arrays);
    }
}
