package dev.joule.examples;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A table of numbers with commas between them, written line by line, so that nothing is lost when a run is stopped; an earlier one stays until there is a line to write. */
final class MetricsFile implements AutoCloseable {
    private final Path file;
    private final String columns;
    private BufferedWriter out;

    MetricsFile(Path file, String columns) {
        this.file = file;
        this.columns = columns;
    }

    void add(String format, Object... values) throws IOException {
        if (out == null) {
            out = Files.newBufferedWriter(file);
            out.write(columns + "\n");
        }
        out.write(String.format(Locale.ROOT, format, values) + "\n");
        out.flush();
    }

    @Override
    public void close() throws IOException {
        if (out != null) {
            out.close();
        }
    }
}
