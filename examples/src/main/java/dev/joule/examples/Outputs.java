package dev.joule.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

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
}
