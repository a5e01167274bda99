package dev.joule.core.cpu;

import static dev.joule.core.cpu.Native.ALL;
import static dev.joule.core.cpu.Native.INTS;
import static dev.joule.core.cpu.Native.LANES;
import static dev.joule.core.cpu.Native.ORDER;
import static dev.joule.core.cpu.Native.VECTOR_BYTES;

import jdk.incubator.vector.IntVector;

/**
 * to [columns, rows] = from [rows, columns]ᵀ, of elements of 4 bytes, in square blocks of as many rows as a vector has lanes. In
 * a block, rows and columns change places bit by bit of their numbers: two rows whose numbers differ in one bit exchange those of their
 * elements whose columns' numbers have the wrong one.
 */
final class TransposedCopy implements Task {
    private final long from;
    private final long stride;
    private final int rows;
    private final int columns;
    private final long to;
    private long[] scratch;

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
        return (columns + LANES - 1) / LANES;
    }

    @Override
    public long scratchBytes() {
        return (long) LANES * VECTOR_BYTES;
    }

    @Override
    public void bind(long[] scratch, long shared) {
        this.scratch = scratch;
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        int column = chunk * LANES;
        int row = 0;
        if (column + LANES <= columns) {
            for (; row + LANES <= rows; row += LANES) {
                block(from + 4 * (row * stride + column), to + 4L * ((long) column * rows + row), scratch[worker]);
            }
        }
        for (; row < rows; row++) {
            for (int c = column; c < Math.min(columns, column + LANES); c++) {
                Raw.putInt(to + 4L * ((long) c * rows + row), Raw.getInt(from + 4 * (row * stride + c)));
            }
        }
    }

    /** The first exchange reads the source, the last one writes the target; in between the block is in scratch memory. */
    private void block(long source, long target, long scratch) {
        exchange(LANES / 2, source, 4 * stride, scratch, VECTOR_BYTES);
        for (int bit = LANES / 4; bit > 1; bit /= 2) {
            exchange(bit, scratch, VECTOR_BYTES, scratch, VECTOR_BYTES);
        }
        exchange(1, scratch, VECTOR_BYTES, target, 4L * rows);
    }

    private static void exchange(int bit, long from, long fromRow, long to, long toRow) {
        IntVector lane = IntVector.broadcast(INTS, 0).addIndex(1);
        IntVector own = lane.and(bit);   // 0 in the columns that a row without the bit keeps
        IntVector left = lane.add(own.mul(LANES / bit)).sub(own);
        IntVector right = left.add(bit);
        for (int row = 0; row < LANES; row++) {
            if ((row & bit) == 0) {
                IntVector a = IntVector.fromMemorySegment(INTS, ALL, from + row * fromRow, ORDER);
                IntVector b = IntVector.fromMemorySegment(INTS, ALL, from + (row + bit) * fromRow, ORDER);
                left.selectFrom(a, b).intoMemorySegment(ALL, to + row * toRow, ORDER);
                right.selectFrom(a, b).intoMemorySegment(ALL, to + (row + bit) * toRow, ORDER);
            }
        }
    }
}
