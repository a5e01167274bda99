package dev.joule.examples;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** metrics.csv, written line by line, so that nothing is lost when a run is stopped. */
final class MetricsFile implements AutoCloseable {
    private final BufferedWriter out;

    MetricsFile(Path file) throws IOException {
        out = Files.newBufferedWriter(file);
        out.write("loss,step,seconds,train_loss,log_density_mse\n");
    }

    void add(String loss, long step, double seconds, double trainLoss, double logDensityMse) throws IOException {
        out.write("%s,%d,%.3f,%.6g,%.6g%n".formatted(loss, step, seconds, trainLoss, logDensityMse));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
