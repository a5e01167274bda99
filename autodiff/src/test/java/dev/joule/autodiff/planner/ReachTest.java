package dev.joule.autodiff.planner;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.Set;

import org.junit.jupiter.api.Test;

class ReachTest {
    private static final long FIRST = Long.getLong("joule.seed", 1);

    /** Merges kernels at random, and compares with what is computed from the start. */
    @Test
    void isKeptUpWhileKernelsAreMerged() {
        for (long seed = FIRST; seed < FIRST + 100; seed++) {
            Random random = new Random(new SplittableRandom(seed).nextLong());
            List<Kernel> kernels = new ArrayList<>();
            for (int slot = 0; slot < 25; slot++) {
                Set<Integer> reads = slot == 0 ? Set.of() : Set.copyOf(List.of(random.nextInt(slot)));
                kernels.add(new Kernel.Fixed(null, reads, Set.of(slot)));
            }
            Order order = new Order(kernels);
            Reach reach = new Reach(order);
            for (int turn = 0; turn < 200; turn++) {
                int into = random.nextInt(25), gone = random.nextInt(25);
                if (into != gone && order.kernel(into) != null && order.kernel(gone) != null && !reach.precedes(gone, into)
                        && !reach.between(into, gone)) {
                    order.merge(into, gone, order.kernel(into));
                    reach.merge(into, gone);
                    check(order, reach, "-Djoule.seed=" + seed);
                }
            }
        }
    }

    private static void check(Order order, Reach reach, String seed) {
        Reach anew = new Reach(order);
        for (int first = 0; first < order.size(); first++) {
            for (int second = 0; second < order.size(); second++) {
                assertEquals(anew.precedes(first, second), reach.precedes(first, second), seed);
                assertEquals(anew.between(first, second), reach.between(first, second), seed);
            }
        }
    }
}
