package dev.joule.core.cuda.driver;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The system's C++ compiler. */
final class Compiler {
    private static final long MOST_SECONDS = 300;

    private Compiler() {
    }

    /** The compiler that the variable CXX names, or the first of c++, g++ and clang++ that there is. */
    static Optional<Path> find() {
        String named = System.getenv("CXX"), path = System.getenv("PATH");
        return Stream.concat(Stream.ofNullable(named), Stream.of("c++", "g++", "clang++"))
                .flatMap(name -> name.contains(File.separator) ? Stream.of(Path.of(name))
                        : Stream.of((path == null ? "" : path).split(File.pathSeparator)).map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable).findFirst();
    }

    /** A shared library of a source. */
    static byte[] library(Path compiler, List<String> options, String source) {
        try {
            Path folder = Files.createTempDirectory("joule");
            Path from = folder.resolve("kernels.cpp"), to = folder.resolve("kernels.so"), said = folder.resolve("said");
            try {
                Files.writeString(from, source);
                List<String> command = Stream.of(Stream.of(compiler.toString()), options.stream(),
                        Stream.of("-o", to.toString(), from.toString())).flatMap(part -> part).toList();
                Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
                if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new DeviceException(compiler + " takes more than " + MOST_SECONDS + " s");
                }
                if (process.exitValue() != 0) {
                    throw new DeviceException(compiler + " does not compile the generated kernels:\n" + Files.readString(said));
                }
                return Files.readAllBytes(to);
            } finally {
                for (Path file : List.of(from, to, said, folder)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new DeviceException("cannot run " + compiler + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeviceException("interrupted while " + compiler + " ran", e);
        }
    }
}
