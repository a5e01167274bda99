package dev.joule.core.scalar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PhiloxTest {
    private static int[] block(long seed, int stream, long run, int block) {
        int[] words = new int[4];
        Philox.block(seed, stream, run, block, words, 0);
        return words;
    }

    /** The known answers that come with Random123, the authors' implementation. */
    @Test
    void knownAnswers() {
        assertArrayEquals(new int[]{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0, 0));
        assertArrayEquals(new int[]{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1, -1));
        assertArrayEquals(new int[]{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
                block(0x299f31d0a4093822L, 0x85a308d3, 0x0370734413198a2eL, 0x243f6a88));
    }

    @Test
    void momentsOfDraws() {
        int blocks = 50_000, n = 4 * blocks;
        double[] uniform = new double[2], normal = new double[4];
        int[] counts = new int[5];
        for (int i = 0; i < blocks; i++) {
            int[] words = block(42, 3, 7, i);
            for (int lane = 0; lane < 4; lane++) {
                double u = new Draw.Uniform().of(words, 0, lane), z = new Draw.Normal().of(words, 0, lane);
                assertTrue(u >= 0 && u < 1);
                uniform[0] += u / n;
                uniform[1] += u * u / n;
                for (int k = 0; k < 4; k++) {
                    normal[k] += Math.pow(z, k + 1) / n;
                }
                counts[(int) new Draw.Integers(5).of(words, 0, lane)]++;
            }
        }
        assertEquals(1.0 / 2, uniform[0], 0.003);
        assertEquals(1.0 / 3, uniform[1], 0.003);
        assertArrayEquals(new double[]{0, 1, 0, 3}, normal, 0.06);
        for (int count : counts) {
            assertEquals(n / 5.0, count, 5 * Math.sqrt(n * 0.16));
        }
    }
}
