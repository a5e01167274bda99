package dev.joule.core.cpu;

import dev.joule.core.DType;
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

    DepthParts(MatMulStep step, Products.Matrices matrices, int parts, Blas[] blas) {
        this.step = step;
        this.matrices = matrices;
        this.parts = parts;
        this.blas = blas;
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
        private final float[] noLanes = new float[0];

        @Override
        public int chunks() {
            return Math.clamp((long) step.m() * step.n() * parts / CHUNK, 1, step.m());
        }

        @Override
        public void run(int chunk, int worker, long clock) {
            int from = (int) ((long) step.m() * chunk / chunks());
            int to = (int) ((long) step.m() * (chunk + 1) / chunks());
            DType dtype = matrices.dtype;
            for (int row = from; row < to; row++) {
                long c = matrices.c(0, row);
                if (!step.accumulate()) {
                    ScalarLoops.fill(dtype, c, step.n(), 0);
                }
                long first = memory + (long) row * step.n() * dtype.bytes();
                Reductions.combine(dtype, Reducer.SUM, first, 1, parts, step.n(), (long) step.m() * step.n(), c, noLanes);
            }
        }
    }
}
