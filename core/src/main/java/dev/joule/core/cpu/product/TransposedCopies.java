package dev.joule.core.cpu.product;

import static dev.joule.core.cpu.memory.Native.ALL;
import static dev.joule.core.cpu.memory.Native.FLOATS;
import static dev.joule.core.cpu.memory.Native.ORDER;
import static dev.joule.core.cpu.memory.Native.VECTOR_BYTES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.util.List;

import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.cpu.work.Task;

/**
 * Makes copies of matrices with their rows for columns: of each matrix one for each worker that may have a part in what follows, or one for
 * all. To fetch a small one from another worker's cache takes longer than to transpose it oneself.
 */
public final class TransposedCopies implements Task {
    private static final long LOW = 0xFFFFFFFFL;   // the first of two numbers of 4 bytes: only x86 processors have vectors that need copies
    private static final int BLOCK = 16;   // elements of 4 bytes in a line of the cache
    private static final int PARTS = 16;   // of a matrix of which all workers make one copy

    private final Copy[] copies;
    private final int chunks;
    private final boolean one;
    private long[] scratch;

    /**
     * to [columns, rows] = from [rows, columns]ᵀ, of elements of 4 bytes.
     *
     * @param stride elements from one row of {@code from} to the next
     * @param to     address of worker 0's copy
     * @param turn   elements from there to the next worker's; 0 if there is one for all
     */
    public record Copy(long from, long stride, int rows, int columns, long to, long turn) {

        /**
         * Some of the rows.
         *
         * @param end     a multiple of a block's size, as the first row is, or the number of rows
         * @param scratch room for a block
         */
        void run(int first, int end, int worker, long scratch) {
            transpose(from, stride, rows, first, end, columns, to + 4 * worker * turn, scratch);
        }
    }

    /** What {@link #transpose} needs to work in. */
    static final long SCRATCH_BYTES = 4 * BLOCK * BLOCK;

    /** Rows {@code first} to {@code end} of to [columns, rows] = from [rows, columns]ᵀ. */
    static void transpose(long from, long stride, int rows, int first, int end, int columns, long to, long scratch) {
        for (int row = first; row < end; row += BLOCK) {
            for (int column = 0; column < columns; column += BLOCK) {
                long source = from + 4 * (row * stride + column), goal = to + 4 * ((long) column * rows + row);
                if (row + BLOCK <= rows && column + BLOCK <= columns) {
                    fetch(source, 4 * stride, scratch);
                    block(scratch, 4 * BLOCK, goal, 4L * rows, BLOCK, BLOCK);
                } else {
                    block(source, 4 * stride, goal, 4L * rows, Math.min(BLOCK, rows - row), Math.min(BLOCK, columns - column));
                }
            }
        }
    }

    /** All lines of a block, half of which are in another core's cache: asked for at once, they come in half the time. */
    private static void fetch(long from, long fromRow, long to) {
        for (int row = 0; row < BLOCK; row++) {
            for (int at = 0; at < 4 * BLOCK; at += VECTOR_BYTES) {
                fromMemorySegment(FLOATS, ALL, from + row * fromRow + at, ORDER).intoMemorySegment(ALL,
                        to + 4 * BLOCK * row + at, ORDER);
            }
        }
    }

    /** Two rows by two columns at a time, as numbers of 8 bytes; then the last row and column of odd sizes. */
    private static void block(long from, long fromRow, long to, long toRow, int rows, int columns) {
        int evenRows = rows & ~1, evenColumns = columns & ~1;
        for (int column = 0; column < evenColumns; column += 2) {
            long source = from + 4 * column, target = to + column * toRow;
            for (int row = 0; row < evenRows; row += 2) {
                long a = Raw.getLong(source), b = Raw.getLong(source + fromRow);
                Raw.putLong(target + 4 * row, a & LOW | b << 32);
                Raw.putLong(target + toRow + 4 * row, a >>> 32 | b & ~LOW);
                source += 2 * fromRow;
            }
        }
        single(from, fromRow, to, toRow, evenRows, rows, 0, columns);
        single(from, fromRow, to, toRow, 0, evenRows, evenColumns, columns);
    }

    private static void single(long from, long fromRow, long to, long toRow, int row, int rowEnd, int firstColumn,
            int columnEnd) {
        for (; row < rowEnd; row++) {
            for (int column = firstColumn; column < columnEnd; column++) {
                Raw.putInt(to + column * toRow + 4 * row, Raw.getInt(from + row * fromRow + 4 * column));
            }
        }
    }

    private TransposedCopies(List<Copy> copies, int chunks, boolean one) {
        this.copies = copies.toArray(Copy[]::new);
        this.chunks = chunks;
        this.one = one;
    }

    /** @param chunks of what follows: a single one is worker 0's, of several any worker may take some */
    public static Task forEach(List<Copy> copies, int workers, int chunks) {
        return new TransposedCopies(copies, chunks == 1 ? 1 : workers, false);
    }

    /** One copy, which all workers make and all have. */
    public static Task forAll(List<Copy> copies) {
        return new TransposedCopies(copies, PARTS, true);
    }

    @Override
    public int chunks() {
        return chunks;
    }

    @Override
    public boolean isPrivate() {
        return !one;
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        for (Copy copy : copies) {
            int part = one ? Math.ceilDiv(Math.ceilDiv(copy.rows, BLOCK), PARTS) * BLOCK : copy.rows;
            int first = one ? chunk * part : 0;
            copy.run(first, Math.min(first + part, copy.rows), worker, scratch[worker]);
        }
    }

    @Override
    public long scratchBytes() {
        return SCRATCH_BYTES;
    }

    @Override
    public void bind(long[] scratch, long shared) {
        this.scratch = scratch;
    }
}
