package dev.joule.examples;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.core.Device;
import dev.joule.core.plan.Plan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "bench", mixinStandardHelpOptions = true, description = "Times a training step, to be set beside the same step in other libraries: one line, medians of five windows.")
final class Bench implements Callable<Integer> {
    private static final double WARM_UP_SECONDS = 3;
    private static final int WINDOWS = 5;

    @Option(names = "--loss", required = true, description = "one of " + Step.ANY)
    private String loss;

    @Option(names = "--seconds", defaultValue = "5", description = "measured time (default: ${DEFAULT-VALUE})")
    private double seconds;

    @Option(names = "--per-call", paramLabel = "N", defaultValue = "1", description = "steps from one return to the host to the next (default: ${DEFAULT-VALUE})")
    private int perCall;

    @Option(names = "--ceilings", description = "also measure what the device does at best, and how near the step comes to it")
    private boolean ceilings;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() throws IOException {
        BadInput.require(seconds > 0 && seconds < 1e6, "--seconds is " + seconds + ", and must be positive");
        BadInput.require(Step.NAMES.contains(loss), "unknown loss \"" + loss + "\": use " + Step.ANY);
        BadInput.requireAtLeastOne("--per-call", perCall);
        Device where = device.open();
        Step.Pool pool = Step.Pool.of(loss, where);
        long start = System.nanoTime();
        Step step = Step.of(loss, pool);
        try (Store store = new Store(where, 0); Program program = Program.compile(store, List.of(step.loss()), step.updates())) {
            program.run();
            double first = since(start);
            rate(program, WARM_UP_SECONDS);
            double[] rates = new double[WINDOWS];
            Arrays.setAll(rates, _ -> rate(program, seconds / WINDOWS));
            Arrays.sort(rates);
            System.out.printf(Locale.ROOT, "joule %s %s %s threads=%d steps/s %.1f min %.1f max %.1f first-step-s %.2f%n",
                    Version.number(), loss, device.name(),
                    device.threads(), rates[WINDOWS / 2], rates[0], rates[WINDOWS - 1], first);
            if (ceilings) {
                compare(program.plan(), rates[WINDOWS / 2], Ceilings.of(where));
            }
        }
        return 0;
    }

    private static void compare(Plan plan, double rate, Ceilings best) {
        double flops = plan.flop() * rate, bytes = plan.loopBytes() * rate;
        System.out.printf(Locale.ROOT, "products: %.1f GFLOP/s in the step, %.1f at best (%.0f %%)%n", flops * 1e-9,
                best.flops() * 1e-9,
                100 * flops / best.flops());
        System.out.printf(Locale.ROOT, "loops: %.1f GB/s in the step, %.1f at best from memory that no cache holds (%.0f %%)%n",
                bytes * 1e-9, best.bytes() * 1e-9, 100 * bytes / best.bytes());
    }

    /** Steps per second, over at least the given time. */
    private double rate(Program program, double seconds) {
        long start = System.nanoTime(), steps = 0;
        do {
            program.run(perCall);
            steps += perCall;
        } while (since(start) < seconds);
        return steps / since(start);
    }

    private static double since(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }
}
