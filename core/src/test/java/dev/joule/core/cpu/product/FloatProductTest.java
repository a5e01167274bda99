package dev.joule.core.cpu.product;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;

import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.memory.Buffer;
import dev.joule.core.plan.Seeds;
import org.junit.jupiter.api.Test;

/** The kernel for float32 products against a sum in double: sizes around its blocks, strides (of whole pages, b is copied), transposed a, accumulation. */
class FloatProductTest {
    private static final int[] ROWS = {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 33, 50, 70},
            COLUMNS = {0, 1, 2, 7, 10, 15, 16, 17, 24, 31, 33, 40, 48, 63, 64, 65, 72, 87, 88, 89, 96, 100, 150, 200},
            DEPTHS = {0, 1, 2, 7, 127, 128, 129, 300};

    @Test
    void agreesWithASumInDouble() {
        assumeTrue(FloatProduct.isPossible(), "OpenBLAS does this machine's products");
        for (long seed = 1; seed <= 300; seed++) {
            Random random = Seeds.random(seed);
            boolean transposed = random.nextBoolean();
            int m = pick(ROWS, random), k = pick(DEPTHS, random);
            check(seed, random, m, pick(COLUMNS, random),
                    Left.of(transposed, 4L * ((transposed ? m : k) + random.nextInt(3)), k));
        }
    }

    /**
     * Pieces of a's depth, which overlap or have gaps between them, are joined where they are short, and cut where they are long. So do lines of
     * rows.
     */
    @Test
    void readsPiecesAndLines() {
        assumeTrue(FloatProduct.isPossible(), "OpenBLAS does this machine's products");
        for (long seed = 1; seed <= 300; seed++) {
            Random random = Seeds.random(seed);
            boolean transposed = random.nextBoolean();
            int m = random.nextInt(1, 20), lines = random.nextInt(1, 5), lineApart = random.nextInt(1, 30),
                    rows = (lines - 1) * lineApart + m;
            int pieces = random.nextInt(1, 9), length = pick(new int[]{1, 2, 3, 9, 48, 100, 256, 300}, random),
                    apart = Math.max(1, length + random.nextInt(-5, 5)), places = (pieces - 1) * apart + length;
            long stride = 4L * ((transposed ? rows : places) + random.nextInt(3));
            check(seed, random, m, pick(COLUMNS, random), new Left(transposed, stride, pieces, length,
                    apart * (transposed ? stride : 4), lines, lineApart * (transposed ? 4 : stride)));
        }
    }

    private static void check(long seed, Random random, int m, int n, Left left) {
        int k = left.columns(), bStride = random.nextBoolean() ? n + random.nextInt(20) : 1024, cStride = n + random.nextInt(20);
        long columns = (left.pieces() - 1) * left.apart() + left.length() * left.toNextColumn(),
                rows = (left.lines() - 1) * left.lineApart() + m * left.toNextRow();
        int line = m + 3, all = left.lines() * line;   // between lines of c there are rows that are left alone
        boolean accumulate = random.nextBoolean();
        float[] a = floats(random, (int) (rows + columns) / 4), b = floats(random, k * bStride),
                c = floats(random, all * cStride);
        try (Buffer aMemory = copy(a);
                Buffer bMemory = copy(b);
                Buffer cMemory = copy(c);
                Buffer scratch = Buffer.allocate(FloatProduct.SCRATCH_BYTES)) {
            FloatProduct.multiply(m, n, aMemory.address(), left, bMemory.address(), 4L * bStride, cMemory.address(), 4L * cStride,
                    4L * line * cStride, accumulate, scratch.address());
            for (int i = 0; i < all; i++) {
                for (int j = 0; j < cStride; j++) {
                    boolean inside = j < n && i % line < m;
                    double expected = inside && !accumulate ? 0 : c[i * cStride + j];
                    for (int l = 0; inside && l < k; l++) {
                        long at = i / line * left.lineApart() + i % line * left.toNextRow() + l / left.length() * left.apart()
                                + l % left.length() * left.toNextColumn();
                        expected += (double) a[(int) (at / 4)] * b[l * bStride + j];
                    }
                    assertEquals(expected, Raw.getFloat(cMemory.address() + 4L * (i * cStride + j)),
                            1e-6 * (1 + k), "seed " + seed + ": [" + i + ", " + j + "] of " + m + " x " + n + ", " + left);
                }
            }
        }
    }

    /** Two threads whose rows of c take turns: what lies behind a row is the other's, and is not even written back as it was. */
    @Test
    void leavesAloneWhatLiesBehindARow() throws InterruptedException {
        assumeTrue(FloatProduct.isPossible(), "OpenBLAS does this machine's products");
        int m = 32, n = 5, times = 20_000;   // 5 columns: too few for a vector
        try (Buffer ones = Buffer.allocate(4L * m * n);
                Buffer c = Buffer.allocate(4L * 2 * m * n);
                Buffer scratch = Buffer.allocate(2 * FloatProduct.SCRATCH_BYTES)) {
            for (int i = 0; i < m * n; i++) {
                Raw.putFloat(ones.address() + 4L * i, 1);
            }
            Thread[] threads = new Thread[2];
            for (int t = 0; t < 2; t++) {
                Left left = Left.of(false, 4, 1);
                long to = c.address() + 4L * n * t, room = scratch.address() + t * FloatProduct.SCRATCH_BYTES,
                        from = ones.address();
                threads[t] = Thread.ofPlatform().start(() -> {
                    for (int time = 0; time < times; time++) {
                        FloatProduct.multiply(m, n, from, left, from, 4L * n, to, 4L * 2 * n, 0, true, room);
                    }
                });
            }
            for (Thread thread : threads) {
                thread.join();
            }
            for (int i = 0; i < 2 * m * n; i++) {
                assertEquals(times, Raw.getFloat(c.address() + 4L * i), "element " + i);
            }
        }
    }

    private static int pick(int[] sizes, Random random) {
        return sizes[random.nextInt(sizes.length)];
    }

    private static float[] floats(Random random, int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = random.nextFloat() * 2 - 1;
        }
        return floats;
    }

    private static Buffer copy(float[] values) {
        Buffer buffer = Buffer.allocate(4L * values.length);
        for (int i = 0; i < values.length; i++) {
            Raw.putFloat(buffer.address() + 4L * i, values[i]);
        }
        return buffer;
    }
}
