package dev.joule.core.reference;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;

/** c[.., i, j] = sum over l of a[.., i, l] b[.., l, j], for each place in the batch. */
final class ReferenceProduct {
    private ReferenceProduct() {
    }

    static void run(Plan plan, MatMulStep step, MemorySegment[] memory) {
        Elements a = new Elements(plan, step.a(), memory);
        Elements b = new Elements(plan, step.b(), memory);
        Elements c = new Elements(plan, step.c(), memory);
        Places.forEach(step.batch(), place -> {
            for (int i = 0; i < step.m(); i++) {
                for (int j = 0; j < step.n(); j++) {
                    double sum = step.accumulate() ? c.get(in(place, i, j)) : 0;
                    for (int l = 0; l < step.k(); l++) {
                        sum += a.get(in(place, i, l)) * b.get(in(place, l, j));
                    }
                    c.set(sum, in(place, i, j));
                }
            }
        });
    }

    private static int[] in(int[] place, int row, int column) {
        int[] index = Arrays.copyOf(place, place.length + 2);
        index[place.length] = row;
        index[place.length + 1] = column;
        return index;
    }
}
