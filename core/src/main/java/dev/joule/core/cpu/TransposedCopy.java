package dev.joule.core.cpu;

import static dev.joule.core.cpu.Native.ALL;
import static dev.joule.core.cpu.Native.INT;

/** to [columns, rows] = from [rows, columns]ᵀ, of elements of 4 bytes. A block's cache lines are read once and written once. */
final class TransposedCopy implements Task {
    private static final int BLOCK = 16;   // elements of a cache line

    private final long from;
    private final long stride;
    private final int rows;
    private final int columns;
    private final long to;

    /** @param stride elements from one row of {@code from} to the next */
    TransposedCopy(long from, long stride, int rows, int columns, long to) {
        this.from = from;
        this.stride = stride;
        this.rows = rows;
        this.columns = columns;
        this.to = to;
    }

    @Override
    public int chunks() {
        return (columns + BLOCK - 1) / BLOCK;
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        int first = chunk * BLOCK, end = Math.min(columns, first + BLOCK);
        for (int row = 0; row < rows; row++) {
            long source = from + 4 * row * stride;
            for (int column = first; column < end; column++) {
                ALL.set(INT, to + 4L * ((long) column * rows + row), ALL.get(INT, source + 4L * column));
            }
        }
    }
}
