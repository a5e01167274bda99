package dev.joule.core.plan;

/**
 * How a matrix lies in memory, in the words of a BLAS: its rows one after the other, each {@code stride} elements behind the one before, or,
 * {@code transposed}, its columns.
 */
public record MatrixLayout(boolean transposed, int stride) {

    /**
     * The layout of a product's operand. The stride along an axis of size 1 may be anything; a BLAS still wants one that skips a row.
     * @throws IllegalStateException if neither rows nor columns lie side by side
     */
    public static MatrixLayout of(View view, int rows, int columns, MatMulStep step) {
        if (view == step.a() && !step.isPlain()) {
            throw new IllegalStateException("plan: this device reads no windows: " + step.origin());
        }
        int axis = step.batch().length;
        long row = view.strides()[axis];
        long column = view.strides()[axis + 1];
        if ((columns <= 1 || column == 1) && (rows <= 1 || row >= columns)) {
            return new MatrixLayout(false, rows <= 1 ? Math.max(1, columns) : Math.toIntExact(Math.max(1, row)));
        }
        if ((rows <= 1 || row == 1) && (columns <= 1 || column >= rows)) {
            return new MatrixLayout(true, columns <= 1 ? Math.max(1, rows) : Math.toIntExact(Math.max(1, column)));
        }
        throw new IllegalStateException("plan: strides of a product's operand: " + view + " for " + rows + " rows and " + columns
                + " columns in " + step.origin());
    }

    /** The layout of a product's result, whose columns lie side by side. */
    public static MatrixLayout ofResult(MatMulStep step) {
        MatrixLayout layout = of(step.c(), step.m(), step.n(), step);
        if (layout.transposed) {
            throw new IllegalStateException("plan: the columns of a product must lie side by side: " + step.origin());
        }
        return layout;
    }
}
