package dev.joule.core.cpu.product;

import dev.joule.core.DType;
import dev.joule.core.cpu.loop.Reductions;
import dev.joule.core.cpu.loop.Strided;
import dev.joule.core.cpu.work.Task;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.scalar.Reducer;

/** A product cut along its depth: part p of c is a[:, from_p .. to_p] b[from_p .. to_p, :]. */
final class DepthParts implements Task {
    private static final int DEPTH = 16;   // parts begin at multiples of this

    private final MatMulStep step;
    private final Products.Matrices matrices;
    private final int parts;
    private final Blas[] blas;
    private long memory;

    DepthParts(MatMulStep step, Products.Matrices matrices, int parts, int workers) {
        this.step = step;
        this.matrices = matrices;
        this.parts = parts;
        this.blas = Blas.forEach(workers);
    }

    @Override
    public int chunks() {
        return parts;
    }

    private long partBytes() {
        return (long) step.m() * step.n() * matrices.dtype.bytes();
    }

    @Override
    public long sharedBytes() {
        return parts * partBytes();
    }

    @Override
    public void bind(long[] scratch, long shared) {
        memory = shared;
    }

    @Override
    public void run(int part, int worker, long clock) {
        int from = depth(part);
        blas[worker].multiply(matrices.dtype, step.m(), step.n(), depth(part + 1) - from, matrices.a(0, 0, from),
                matrices.aLayout,
                matrices.b(0, from), matrices.bLayout, memory + part * partBytes(), step.n(), false);
    }

    private int depth(int part) {
        return part == parts ? step.k() : (int) ((long) step.k() * part / parts / DEPTH * DEPTH);
    }

    /** Adds up the parts, in their order, some rows of c per chunk. */
    final class Sum implements Task {
        private static final int CHUNK = 32_768;   // elements that are worth a hand-over
        private static final int MOST_CHUNKS = 1 << 16, MOST_COLUMNS = 1 << 28;
        /** Rows of c that lie without gaps are one long row. */
        private final int rows = matrices.cStride == step.n() ? 1 : step.m();
        private final long columns = (long) step.m() * step.n() / rows;
        private final long elements = (long) step.m() * step.n();
        private final int chunks = (int) Math.clamp(elements * parts / CHUNK, 1, Math.clamp(columns / 64, 1, MOST_CHUNKS));

        @Override
        public int chunks() {
            return chunks;
        }

        @Override
        public void run(int chunk, int worker, long clock) {
            long from = columns * chunk / chunks, to = columns * (chunk + 1) / chunks;
            for (int row = 0; row < rows; row++) {
                for (long first = from; first < to; first += MOST_COLUMNS) {
                    long part = memory + (row * columns + first) * matrices.dtype.bytes();
                    sum(part, matrices.c(0, row) + first * matrices.dtype.bytes(), (int) Math.min(MOST_COLUMNS, to - first));
                }
            }
        }

        private void sum(long part, long c, int count) {
            DType dtype = matrices.dtype;
            if (step.accumulate()) {
                Reductions.combine(dtype, Reducer.SUM, part, 1, parts, count, elements, c);
                return;
            }
            if (dtype.bytes() == 4) {
                Strided.copyInts(part, 4, c, 4, count);
            } else {
                Strided.copyLongs(part, 8, c, 8, count);
            }
            Reductions.combine(dtype, Reducer.SUM, part + partBytes(), 1, parts - 1, count, elements, c);
        }
    }
}
