package dev.joule.core.plan;

import java.util.Arrays;

/**
 * c = a b, or c += a b with {@code accumulate}, for each index of the batch axes: a is [*batch, m, k], b is [*batch, k, n], c is
 * [*batch, m, n]. The last two strides of each view are those of row and column; one of the two is 1 (or its axis has
 * size 1) and the other at least as large as the row that it skips, so that a BLAS can be called; c's column stride is 1.
 */
public record MatMulStep(int[] batch, int m, int n, int k, View a, View b, View c, boolean accumulate, String origin)
        implements Step {
    /** Whether an axis, of those of the batch, m, n and k, is the one that is summed over. */
    public boolean sums(int axis) {
        return axis == batch.length + 2;
    }

    /** The axes of a matrix of the given size for each index of the batch. */
    public int[] domain(int rows, int columns) {
        int[] domain = Arrays.copyOf(batch, batch.length + 2);
        domain[batch.length] = rows;
        domain[batch.length + 1] = columns;
        return domain;
    }

    /** Multiplications and additions. */
    public double flop() {
        double matrices = 1;
        for (int size : batch) {
            matrices *= size;
        }
        return 2 * matrices * m * n * k;
    }
}
