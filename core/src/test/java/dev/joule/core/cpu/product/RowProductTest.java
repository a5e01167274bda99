package dev.joule.core.cpu.product;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Random;

import dev.joule.core.plan.Seeds;
import org.junit.jupiter.api.Test;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.cpu.work.RowTask;
import dev.joule.core.memory.Buffer;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.View;

/** A block's product in pieces: rows of c, which two workers can do. */
class RowProductTest {
    private static final RowTask.Block BLOCK = new RowTask.Block(0, 0, true);
    private static final int K = 100;

    /** [batch, m, K] x [batch, K, n], a [k, m] lying transposed if so asked. */
    private static MatMulStep step(int batch, int m, int n, boolean transposed, boolean accumulate) {
        View a = new View(0, 0, transposed ? new long[]{(long) m * K, 1, m} : new long[]{(long) m * K, K, 1});
        return new MatMulStep(new int[]{batch}, m, n, K, a, new View(1, 0, new long[]{(long) K * n, n, 1}),
                new View(2, 0, new long[]{(long) m * n, n, 1}), accumulate, "here");
    }

    private static Slot slot(long count, long offset) {
        return new Slot(DType.FLOAT32, count, new Slot.Place.Arena(offset), "");
    }

    private static long lines(long count) {
        return (4 * count + 63) / 64 * 64;
    }

    private static float[] product(MatMulStep step, boolean inPieces, long seed) {
        int batch = step.batch()[0];
        long a = (long) batch * step.m() * K, b = (long) batch * K * step.n(), c = (long) batch * step.m() * step.n();
        Plan plan = new Plan(List.of(slot(a, 0), slot(b, lines(a)), slot(c, lines(a) + lines(b))), List.of(step),
                lines(a) + lines(b) + lines(c), 0);
        try (Buffer arena = Buffer.allocate(plan.arenaBytes());
                Buffer scratch = Buffer.allocate(2 * FloatProduct.SCRATCH_BYTES)) {
            Random random = Seeds.random(seed);
            for (long at = 0; at < plan.arenaBytes(); at += 4) {
                Raw.putFloat(arena.address() + at, (float) random.nextGaussian());
            }
            Addresses addresses = new Addresses(plan, arena.address(), List.of());
            RowProduct product = new RowProduct(step, addresses, List.of(Shift.NONE, Shift.NONE, Shift.NONE), false, 2);
            product.bind(new long[]{scratch.address(), scratch.address() + FloatProduct.SCRATCH_BYTES}, 0);
            if (inPieces) {
                for (int piece = product.pieces() - 1; piece >= 0; piece--) {
                    product.run(piece, BLOCK, 0, piece % 2);
                }
            } else {
                product.run(BLOCK, 0, 0);
            }
            float[] result = new float[(int) c];
            for (int i = 0; i < c; i++) {
                result[i] = Raw.getFloat(addresses.of(step.c()) + 4L * i);
            }
            return result;
        }
    }

    @Test
    void piecesMakeTheSameBits() {
        for (int m : new int[]{1, 7, 60, 333, 1000, 1203}) {
            for (int n : new int[]{3, 64, 200}) {
                for (int kind = 0; kind < 4; kind++) {
                    MatMulStep step = step(1 + m % 2, m, n, kind % 2 == 1, kind > 1);
                    assertArrayEquals(product(step, false, m + n), product(step, true, m + n), m + " x " + n + ", kind " + kind);
                }
            }
        }
    }

    @Test
    void onlyLargeProductsHaveSeveralPieces() {
        assumeTrue(FloatProduct.isPossible(), "this machine has vectors of fewer than 256 bits: OpenBLAS does its products");
        assertEquals(1, pieces(step(1, 8, 64, false, false)));
        assertEquals(1, pieces(step(1, 1, 200, false, false)));
        assertEquals(1, pieces(step(1, 256, 128, false, false)), "its rows would be longer on their way than in the making");
        assertEquals(2, pieces(step(1, 512, 200, false, false)));
        assertEquals(8, pieces(step(1, 4096, 200, false, false)));
        assertTrue(pieces(step(1, 9, 40_000, false, false)) <= 2, "8 rows at least");
    }

    private static int pieces(MatMulStep step) {
        long count = 1 << 23;   // room for all of them
        Plan plan = new Plan(List.of(slot(count, 0), slot(count, 4 * count), slot(count, 8 * count)), List.of(step), 12 * count,
                0);
        return new RowProduct(step, new Addresses(plan, 0, List.of()), List.of(Shift.NONE, Shift.NONE, Shift.NONE), false, 2)
                .pieces();
    }
}
