package dev.joule.autodiff.planner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;

/** Which windows are over which places. */
class OverlapTest {
    @Test
    void placesOfTheEdgesAndThoseBetween() {
        assertEquals(List.of(new Overlap(0, 1, 0, 1, 0, 1), new Overlap(1, 1, 0, 1, 0, 2), new Overlap(2, 3, 0, 1, 0, 3),
                new Overlap(5, 1, 0, 1, 1, 3), new Overlap(6, 1, 0, 1, 2, 3)), Overlap.of(5, 3, 1));
        assertEquals(List.of(new Overlap(0, 4, 0, 3, 0, 1)), Overlap.of(4, 3, 7), "windows that do not overlap");
    }

    @Test
    void eachElementOfEachWindowIsInOnePlace() {
        for (int count = 1; count < 7; count++) {
            for (int size = 1; size < 9; size++) {
                for (int step = 1; step < 10; step++) {
                    int[][] seen = new int[count][size];
                    for (Overlap places : Overlap.of(count, size, step)) {
                        for (int u = places.turn(); u < places.turn() + places.turns(); u++) {
                            for (int b = places.place(); b < places.place() + places.width(); b++) {
                                for (int a = places.from(); a < places.to(); a++) {
                                    seen[u - a][a * step + b]++;
                                }
                            }
                        }
                    }
                    for (int[] window : seen) {
                        int[] once = new int[size];
                        Arrays.fill(once, 1);
                        assertArrayEquals(once, window, count + " windows of " + size + ", " + step + " apart");
                    }
                }
            }
        }
    }
}
