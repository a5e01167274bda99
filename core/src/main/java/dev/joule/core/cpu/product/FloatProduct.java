package dev.joule.core.cpu.product;

import static dev.joule.core.cpu.memory.Native.ALL;
import static dev.joule.core.cpu.memory.Native.ORDER;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.util.stream.IntStream;

import dev.joule.core.cpu.machine.Executable;
import dev.joule.core.cpu.memory.Raw;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of float32 matrices with vectors of 512 or 256 bits. Blocks of c, 6 rows by 4 vectors in 24 of 32 registers, or 6 rows by
 * 2 vectors in 12 of 16, stay there while the depth goes by ({@link dev.joule.core.cpu.machine.ProductKernel}). For the last columns there
 * are blocks of other forms.
 * Nothing is packed beforehand, so a product of a few dozen rows is as quick as a large one; OpenBLAS needs hundreds
 * (docs/tuning.md).
 *
 * <p>Strides are in bytes. Neighbouring columns of b and of c lie side by side; a may lie in pieces ({@link Left}).
 */
public final class FloatProduct {
    private static final VectorSpecies<Float> NARROW_VECTOR = FloatVector.SPECIES_256;
    private static final int NARROW = 8, NARROW_BYTES = 4 * NARROW;   // its length
    private static final int NARROW_ROWS = 8;
    private static final boolean POSSIBLE = Executable.runs(NARROW_BYTES), WIDE = Executable.runs(2 * NARROW_BYTES);
    /** Narrow panels copy b whatever its stride is; others if all of its rows fall on the same few places of the caches: 10 to 20 %. */
    private static final int ANY_STRIDE = 1, PAGES = 4096;
    /** The columns of all panels but the last, and the most that the last one may have. */
    private static final int USUAL = WIDE ? 64 : 16, MOST = WIDE ? 88 : 24;
    /** By their columns, from {@code NARROW} on. */
    private static final Panel[] PANELS = IntStream.rangeClosed(NARROW, MOST).mapToObj(FloatProduct::panel).toArray(Panel[]::new);
    /** So much of b's panel stays in the caches while a's rows go by. */
    private static final int DEPTH = 256;

    /** What {@link #multiply} needs to work in. */
    public static final long SCRATCH_BYTES = (long) MOST / NARROW * DEPTH * NARROW_BYTES;   // b's widest panel

    private FloatProduct() {
    }

    private static Panel panel(int columns) {
        if (WIDE && columns > NARROW) {
            return new Panel(wideRows(Math.ceilDiv(columns, 2 * NARROW)), columns, 2 * NARROW_BYTES, PAGES);
        }
        return new Panel(narrowRows(columns / NARROW), columns, NARROW_BYTES, ANY_STRIDE);
    }

    /** 16 registers are for one number of a, for a row of b, and for sums. */
    private static int narrowRows(int vectors) {
        return Math.min(NARROW_ROWS, 15 / vectors - 1);
    }

    /**
     * 32 registers are for one number of a, for a row of b, and for the sums of as many rows as possible, which spares instructions: 4 by 4
     * vectors are 5 to 11 % slower than 6 by 4 on a core that also runs another machine's thread.
     */
    private static int wideRows(int vectors) {
        return Math.min(8, 31 / vectors - 1);
    }

    private static Panel panelOf(int columns) {
        return PANELS[columns - NARROW];
    }

    /** Whether this machine can do them: where it cannot, OpenBLAS does all products. */
    public static boolean isPossible() {
        return POSSIBLE;
    }

    /**
     * c [m, n] = a [m, k] b [k, n], or c += a b, for each line of a.
     *
     * @param cLine from one line of c to the next
     */
    public static void multiply(int m, int n, long a, Left left, long b, long bRow, long c, long cRow, long cLine,
            boolean accumulate,
            long scratch) {
        int together = Math.clamp(DEPTH / Math.max(1, left.length()), 1, left.pieces());   // whole pieces, or parts of one
        int done = 0;
        do {
            int pieces = Math.min(together, left.pieces() - done), depth = 0;
            do {   // once, too, if there is no depth: c = 0
                int length = pieces == 1 ? Math.min(DEPTH, left.length() - depth) : left.length();
                panels(m, n, a + done * left.apart() + depth * left.toNextColumn(), left, pieces, length,
                        b + ((long) done * left.length() + depth) * bRow, bRow, c, cRow, cLine, accumulate || done + depth > 0,
                        scratch);
                depth += length;
            } while (depth < left.length());
            done += pieces;
        } while (done < left.pieces());
    }

    private static void panels(int m, int n, long a, Left left, int pieces, int length, long b, long bRow, long c, long cRow,
            long cLine, boolean accumulate, long scratch) {
        int column = 0;
        while (n - column >= NARROW) {
            int rest = n - column, columns = rest > MOST ? USUAL : WIDE ? rest : rest / NARROW * NARROW;
            panelOf(columns).multiply(m, a, left, pieces, length, b + 4L * column, bRow, c + 4L * column, cRow, cLine, accumulate,
                    scratch);
            column += columns;
        }
        for (int line = 0; line < left.lines() && column < n; line++) {
            edge(m, n - column, a + line * left.lineApart(), left.line(), pieces, length, b + 4L * column, bRow,
                    c + line * cLine + 4L * column, cRow, accumulate, scratch);
        }
    }

    /** Columns that are too few for a vector: with a copy of b's that has room for one, and blocks of c that are put in place later. */
    private static void edge(int m, int n, long a, Left left, int pieces, int length, long b, long bRow, long c, long cRow,
            boolean accumulate, long scratch) {
        long block = scratch + (long) DEPTH * NARROW_BYTES;
        widen(pieces * length, n, b, bRow, scratch);
        for (int row = 0; row < m; row += NARROW_ROWS) {
            int rows = Math.min(NARROW_ROWS, m - row);
            panelOf(NARROW).multiply(rows, a + row * left.toNextRow(), left, pieces, length, scratch, NARROW_BYTES, block,
                    NARROW_BYTES, 0, false, 0);
            put(rows, n, block, c + row * cRow, cRow, accumulate);
        }
    }

    /** Copies rows of {@code columns} numbers to rows of a vector's length, together with whatever follows them in memory. */
    private static void widen(int rows, int columns, long from, long fromRow, long to) {
        long missing = NARROW_BYTES - 4L * columns;
        int whole = (int) Math.max(0, rows - (missing + fromRow - 1) / fromRow);   // behind the last rows there may be nothing
        for (int row = 0; row < whole; row++) {
            FloatVector vector = fromMemorySegment(NARROW_VECTOR, ALL, from + row * fromRow, ORDER);
            vector.intoMemorySegment(ALL, to + (long) row * NARROW_BYTES, ORDER);
        }
        for (int row = whole; row < rows; row++) {
            for (long at = 0; at < 4L * columns; at += 4) {
                Raw.putFloat(to + (long) row * NARROW_BYTES + at, Raw.getFloat(from + row * fromRow + at));
            }
        }
    }

    /** Copies or adds the first numbers of each row of a block: what lies behind them in c is another's. */
    private static void put(int rows, int columns, long block, long c, long cRow, boolean add) {
        for (int row = 0; row < rows; row++) {
            for (long at = 0; at < 4L * columns; at += 4) {
                float value = Raw.getFloat(block + (long) row * NARROW_BYTES + at);
                Raw.putFloat(c + row * cRow + at, add ? Raw.getFloat(c + row * cRow + at) + value : value);
            }
        }
    }
}
