package dev.joule.core.cpu.product;

import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.cpu.work.Task;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.MatrixLayout;
import dev.joule.core.plan.View;

/**
 * Matrix products. OpenBLAS runs on one thread; the workers share the rows of c, or, where c is small next to the depth k (a
 * weight's gradient, summed over a batch), the depth: then each part is a product of its own, and the parts are added up.
 */
public final class Products {
    /** Rows, or depth, that a part should have: with 80 rows OpenBLAS reaches six sevenths of the speed that it has with 640. */
    private static final int FEWEST_ROWS = 128;
    private static final int MOST_PARTS = 16;

    private Products() {
    }

    public static List<Task> of(MatMulStep step, Addresses addresses, int workers) {
        long matrices = 1;
        for (int size : step.batch()) {
            matrices = Math.multiplyExact(matrices, size);
        }
        if (matrices * step.m() * step.n() == 0) {
            return List.of();
        }
        if (!step.isPlain()) {
            return List.of(
                    new InPieces(new RowProduct(step, addresses, List.of(Shift.NONE, Shift.NONE, Shift.NONE), false, workers)));
        }
        Matrices operands = new Matrices(step, addresses);
        int chunks = chunks(2.0 * matrices * step.m() * step.n() * step.k());
        int depthParts = limit(Math.min(chunks, MOST_PARTS), step.k());
        if (matrices == 1 && step.m() / chunks < FEWEST_ROWS / 2 && step.k() >= 2L * step.m() && depthParts > 1) {
            DepthParts parts = new DepthParts(step, operands, depthParts, workers);
            return List.of(parts, parts.new Sum());
        }
        int blocks = limit((int) ((chunks + matrices - 1) / matrices), step.m());
        return List.of(new RowParts(step, operands, matrices, blocks, chunks, workers));
    }

    /** So few parts that none is too small for OpenBLAS to be quick; two, if they are not tiny. */
    private static int limit(int parts, int size) {
        while (parts > 1 && size / parts < (parts == 2 ? FEWEST_ROWS / 4 : FEWEST_ROWS)) {
            parts /= 2;
        }
        return parts;
    }

    /** A power of two, with at least a few million operations in each chunk. */
    private static int chunks(double operations) {
        int chunks = 1;
        while (chunks < 64 && operations > chunks * (chunks == 1 ? 1e6 : 5e6)) {
            chunks *= 2;
        }
        return chunks;
    }

    /** Where the operands lie, and how: as OpenBLAS wants them. */
    static final class Matrices {
        final DType dtype;
        final MatrixLayout aLayout;
        final MatrixLayout bLayout;
        final int cStride;
        private final MatMulStep step;
        private final long a;
        private final long b;
        private final long c;

        Matrices(MatMulStep step, Addresses addresses) {
            this.step = step;
            dtype = addresses.dtype(step.c());
            a = addresses.of(step.a());
            b = addresses.of(step.b());
            c = addresses.of(step.c());
            aLayout = MatrixLayout.of(step.a(), step.m(), step.k(), step);
            bLayout = MatrixLayout.of(step.b(), step.k(), step.n(), step);
            cStride = MatrixLayout.ofResult(step).stride();
        }

        /** Address of row {@code row} of a, at depth {@code depth}, of matrix {@code number} of the batch. */
        long a(long number, long row, long depth) {
            return at(a, step.a(), number, row, depth);
        }

        long b(long number, long depth) {
            return at(b, step.b(), number, depth, 0);
        }

        long c(long number, long row) {
            return at(c, step.c(), number, row, 0);
        }

        private long at(long base, View view, long number, long row, long column) {
            int[] batch = step.batch();
            long[] strides = view.strides();
            long elements = row * strides[batch.length] + column * strides[batch.length + 1];
            for (int axis = batch.length - 1; axis >= 0; axis--) {
                elements += number % batch[axis] * strides[axis];
                number /= batch[axis];
            }
            return base + elements * dtype.bytes();
        }
    }
}
