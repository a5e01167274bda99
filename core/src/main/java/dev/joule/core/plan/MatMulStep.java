package dev.joule.core.plan;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * c = a b, or c += a b with {@code accumulate}, for each index of the batch axes: a is [*batch, *rows, *depth], b is [*batch, k, n], c is
 * [*batch, m, n], where m is the product of the rows' sizes and k that of the depth's.
 *
 * <p>In most products rows and depth are an axis each. The last two strides of each view are those of row and column then; one of the two is
 * 1 (or its axis has size 1) and the other at least as large as the row that it skips, so that a BLAS can be called; c's column stride
 * is 1. With more axes a is what windows of an array show, which may overlap: [image, y, x] and [kernel, kernel · channels]. For those see
 * {@link dev.joule.core.Device#readsWindows}; the last stride of the rows or of the depth is 1, and b's column stride.
 */
public record MatMulStep(int[] batch, int[] rows, int n, int[] depth, View a, View b, View c, boolean accumulate, String origin)
        implements Step {
    /** A product of matrices. */
    public MatMulStep(int[] batch, int m, int n, int k, View a, View b, View c, boolean accumulate, String origin) {
        this(batch, new int[]{m}, n, new int[]{k}, a, b, c, accumulate, origin);
    }

    /** Rows of a and c. */
    public int m() {
        return size(rows);
    }

    /** Columns of a, rows of b. */
    public int k() {
        return size(depth);
    }

    private static int size(int[] axes) {
        int size = 1;
        for (int axis : axes) {
            size *= axis;
        }
        return size;
    }

    /** Whether a is a matrix, or a batch of matrices, and not windows. */
    public boolean isPlain() {
        return rows.length == 1 && depth.length == 1;
    }

    /** Whether an axis, of those of the batch, m, n and k, is the one that is summed over. */
    public boolean sums(int axis) {
        return axis == batch.length + 2;
    }

    /** The axes of a. */
    public int[] aDomain() {
        return IntStream.concat(Arrays.stream(batch), IntStream.concat(Arrays.stream(rows), Arrays.stream(depth))).toArray();
    }

    public int[] bDomain() {
        return domain(k(), n);
    }

    public int[] cDomain() {
        return domain(m(), n);
    }

    private int[] domain(int rows, int columns) {
        int[] domain = Arrays.copyOf(batch, batch.length + 2);
        domain[batch.length] = rows;
        domain[batch.length + 1] = columns;
        return domain;
    }

    /** The same product with other operands. */
    public MatMulStep with(View a, View b, View c) {
        return new MatMulStep(batch, rows, n, depth, a, b, c, accumulate, origin);
    }

    /** Multiplications and additions. */
    public double flop() {
        double matrices = 1;
        for (int size : batch) {
            matrices *= size;
        }
        return 2 * matrices * m() * n * k();
    }
}
