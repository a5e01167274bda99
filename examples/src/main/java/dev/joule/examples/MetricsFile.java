package dev.joule.examples;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** metrics.csv, written line by line, so that nothing is lost when a run is stopped; an earlier one stays until there is a line to write. */
final class MetricsFile implements AutoCloseable {
    private final Path file;
    private BufferedWriter out;

    MetricsFile(Path file) {
        this.file = file;
    }

    void add(String loss, long step, double seconds, double trainLoss, double logDensityMse) throws IOException {
        if (out == null) {
            out = Files.newBufferedWriter(file);
            out.write("loss,step,seconds,train_loss,log_density_mse\n");
        }
        out.write(String.format(Locale.ROOT, "%s,%d,%.3f,%.6g,%.6g%n", loss, step, seconds, trainLoss, logDensityMse));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        if (out != null) {
            out.close();
        }
    }
}
