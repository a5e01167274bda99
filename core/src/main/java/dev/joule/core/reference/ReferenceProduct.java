package dev.joule.core.reference;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;

/** c[.., i, j] = sum over l of a[.., i, l] b[.., l, j], for each place in the batch; i and l go through all rows and depths of a. */
final class ReferenceProduct {
    private ReferenceProduct() {
    }

    static void run(Plan plan, MatMulStep step, MemorySegment[] memory) {
        Elements a = new Elements(plan, step.a(), memory);
        Elements b = new Elements(plan, step.b(), memory);
        Elements c = new Elements(plan, step.c(), memory);
        Places.forEach(step.batch(), matrix -> {
            int[] row = {0};
            Places.forEach(step.rows(), place -> {
                int[] from = joined(matrix, place);
                for (int column = 0; column < step.n(); column++) {
                    int[] to = joined(matrix, row[0], column);
                    c.set(sum(step, a, b, from, to, step.accumulate() ? c.get(to) : 0), to);
                }
                row[0]++;
            });
        });
    }

    private static double sum(MatMulStep step, Elements a, Elements b, int[] from, int[] to, double first) {
        double[] sum = {first};
        int[] depth = {0}, at = to.clone();
        Places.forEach(step.depth(), place -> {
            at[at.length - 2] = depth[0]++;
            sum[0] += a.get(joined(from, place)) * b.get(at);
        });
        return sum[0];
    }

    private static int[] joined(int[] first, int... second) {
        int[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
