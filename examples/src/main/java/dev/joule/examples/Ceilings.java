package dev.joule.examples;

import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Noise.normal;

import java.util.Arrays;
import java.util.List;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.core.Device;

/**
 * What a device does at best, measured by programs on it.
 *
 * @param flops multiplications and additions a second, of large float32 products
 * @param bytes read and written a second, by a loop over arrays that no cache holds
 */
record Ceilings(double flops, double bytes) {
    private static final int SMALLEST = 512, LARGEST = 8192, COUNT = 1 << 26, WINDOWS = 5;
    /** A run that takes so long is not made larger. */
    private static final double LONG_SECONDS = 0.05;

    static Ceilings of(Device device) {
        double flops = 0;
        for (int n = SMALLEST; n <= LARGEST; n *= 2) {
            Expr a = variable("a", normal(n, n)), b = variable("b", normal(n, n)), c = variable("c", normal(n, n));
            double seconds = seconds(device, new Update(c, a.matmul(b)));
            flops = Math.max(flops, 2.0 * n * n * n / seconds);
            if (seconds > LONG_SECONDS) {
                break;
            }
        }
        Expr x = variable("x", normal(COUNT));
        return new Ceilings(flops, 2.0 * x.dtype().bytes() * COUNT / seconds(device, new Update(x, x.neg())));
    }

    /** Of one run: the least of a few, each the mean of some. */
    private static double seconds(Device device, Update work) {
        try (Store store = new Store(device, 0); Program program = Program.compile(store, List.of(), List.of(work))) {
            double once = seconds(program, 2);
            int times = (int) Math.clamp(LONG_SECONDS / once, 1, 1000);
            double[] windows = new double[WINDOWS];
            Arrays.setAll(windows, _ -> seconds(program, times));
            return Arrays.stream(windows).min().orElseThrow();
        }
    }

    private static double seconds(Program program, int times) {
        long start = System.nanoTime();
        program.run(times);
        return (System.nanoTime() - start) * 1e-9 / times;
    }
}
