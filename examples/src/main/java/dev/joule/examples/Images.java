package dev.joule.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import dev.joule.core.Device;
import dev.joule.ed.train.NotFinite;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "images", mixinStandardHelpOptions = true, description = "Learns images: a decoder of codes, and as its prior an energy, by energy discrepancy.")
final class Images implements Callable<Integer> {
    private static final String METRICS = "metrics.csv", PICTURE = "images.png", PARAMETERS = "model.safetensors";

    @Option(names = "--images", paramLabel = "FILE", description = "images of 28 x 28 pixels in the format of MNIST, gzipped or not; without it, discs are drawn")
    private Path file;

    @Option(names = "--steps", defaultValue = "1000", description = "training steps (default: ${DEFAULT-VALUE})")
    private long steps;

    @Option(names = "--width", defaultValue = "32", description = "channels of the decoder; the paper has 256, for a GPU (default: ${DEFAULT-VALUE})")
    private int width;

    @Option(names = "--rate", defaultValue = "0.001", description = "of the decoder's learning, twice the prior's; the paper has 0.0001 (default: ${DEFAULT-VALUE})")
    private double rate;

    @Option(names = "--out", defaultValue = "runs/images", description = "folder for the results (default: ${DEFAULT-VALUE})")
    private Path out;

    @Mixin
    private RunOptions run;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() throws IOException {
        BadInput.requireAtLeastOne("--steps", steps);
        BadInput.requireAtLeastOne("--width", width);
        BadInput.require(rate > 0 && rate < Double.POSITIVE_INFINITY, "--rate is " + rate + ", and must be positive");
        run.check();
        ImageData data = file == null ? ImageData.discs() : ImageData.of(file);
        Device where = device.open();
        Outputs.requireWritable(out, Stream.of(METRICS, PICTURE, PARAMETERS));
        try (Interrupt interrupt = new Interrupt();
                ImagePrior prior = BadInput
                        .unlessPossible(() -> new ImagePrior(data, width, rate, run.batch(), where, run.seed()))) {
            return learn(prior, interrupt);
        }
    }

    private int learn(ImagePrior prior, Interrupt interrupt) throws IOException {
        boolean failed = false;
        try (MetricsFile metrics = new MetricsFile(out.resolve(METRICS),
                "step,seconds,train_loss,squared_error,energy_discrepancy")) {
            prior.run(steps, run, metrics, interrupt);
        } catch (NotFinite e) {
            System.err.println("joule: images: " + e.getMessage());
            failed = true;   // what was learned before is kept
        }
        if (prior.step() == 0) {
            System.err.println("joule: no parameters or picture are written, as there is nothing that was learned");
            return failed ? ExitCode.SOFTWARE : Interrupt.EXIT_CODE;
        }
        prior.save(out.resolve(PARAMETERS));
        prior.draw(out.resolve(PICTURE));
        System.out.printf("%d steps in %.1f s, %.2f a second; squared error of an image %.2f%n", prior.step(), prior.seconds(),
                prior.step() / prior.seconds(), prior.error());
        System.out.println("written to " + out + ": " + String.join(", ", METRICS, PICTURE, PARAMETERS));
        return interrupt.wished() ? Interrupt.EXIT_CODE : failed ? ExitCode.SOFTWARE : 0;
    }
}
