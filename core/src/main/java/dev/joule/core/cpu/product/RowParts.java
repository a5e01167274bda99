package dev.joule.core.cpu.product;

import dev.joule.core.cpu.work.Task;
import dev.joule.core.plan.MatMulStep;

/** A batch of products, cut into whole matrices or into blocks of their rows. */
final class RowParts implements Task {
    private static final int ROWS = 16;   // blocks begin at multiples of what a product's inner kernel takes at a time

    private final MatMulStep step;
    private final Products.Matrices matrices;
    private final Blas[] blas;
    private final int blocks;
    private final long items;
    private final int chunks;

    RowParts(MatMulStep step, Products.Matrices matrices, long count, int blocks, int chunks, int workers) {
        this.step = step;
        this.matrices = matrices;
        this.blas = Blas.forEach(workers);
        this.blocks = blocks;
        this.items = count * blocks;
        this.chunks = (int) Math.min(chunks, items);
    }

    @Override
    public int chunks() {
        return chunks;
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        for (long item = items * chunk / chunks; item < items * (chunk + 1) / chunks; item++) {
            long number = item / blocks;
            int block = (int) (item % blocks);
            int from = row(block);
            int rows = row(block + 1) - from;
            blas[worker].multiply(matrices.dtype, rows, step.n(), step.k(), matrices.a(number, from, 0), matrices.aLayout,
                    matrices.b(number, 0), matrices.bLayout, matrices.c(number, from), matrices.cStride, step.accumulate());
        }
    }

    private int row(int block) {
        return block == blocks ? step.m() : (int) ((long) step.m() * block / blocks / ROWS * ROWS);
    }
}
