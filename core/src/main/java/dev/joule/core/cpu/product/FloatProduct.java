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
 * Products of float32 matrices with vectors of 512 or 256 bits. Blocks of c, 4 rows by 4 vectors in 16 of 32 registers, or 6 rows by
 * 2 vectors in 12 of 16, stay there while the depth goes by ({@link dev.joule.core.cpu.machine.FloatKernel}). For the last columns there
 * are blocks of other forms.
 * Nothing is packed beforehand, so a product of a few dozen rows is as quick as a large one; OpenBLAS needs hundreds
 * (docs/performance.md).
 *
 * <p>Strides are in bytes. Neighbouring columns of b and of c lie side by side.
 */
public final class FloatProduct {
    /** What panels are multiples of: a vector of 256 bits. */
    private static final VectorSpecies<Float> UNIT = FloatVector.SPECIES_256;
    private static final int UNIT_COLUMNS = UNIT.length(), UNIT_BYTES = UNIT.vectorByteSize();
    private static final int NARROW_ROWS = 8;
    /** From this stride on, in bytes, copies of b are worth it with vectors of 512 bits: 10 to 20 % at 1,024 columns and more. */
    private static final long WIDE_STRIDE = 3072;
    private static final boolean POSSIBLE = Executable.runs(UNIT_BYTES), WIDE = Executable.runs(2 * UNIT_BYTES);
    private static final int MOST_UNITS = WIDE ? 11 : 3;
    /** Of one unit, of two, and so on. A number of a takes as long to load as a vector: the narrow ones would wait for wide vectors. */
    private static final Panel[] PANELS = IntStream.rangeClosed(1, MOST_UNITS)
            .mapToObj(units -> switch (units) {
                case 1 -> new Panel(NARROW_ROWS, UNIT_COLUMNS, UNIT_BYTES, 0);
                case 2 -> new Panel(6, 2 * UNIT_COLUMNS, UNIT_BYTES, 0);
                case 3 -> new Panel(4, 3 * UNIT_COLUMNS, UNIT_BYTES, 0);
                case 4, 5, 6 -> new Panel(8, units * UNIT_COLUMNS, 2 * UNIT_BYTES, WIDE_STRIDE);
                default -> new Panel(4, units * UNIT_COLUMNS, 2 * UNIT_BYTES, WIDE_STRIDE);
            }).toArray(Panel[]::new);
    /** The width of all panels but the last, which may be wider. */
    private static final int USUAL = WIDE ? 8 : 2;
    private static final Panel NARROW = PANELS[0];
    /** So much of b's panel stays in the caches while a's rows go by. */
    private static final int DEPTH = 256;

    /** What {@link #multiply} needs to work in. */
    public static final long SCRATCH_BYTES = (long) MOST_UNITS * DEPTH * UNIT_BYTES;   // b's widest panel

    private FloatProduct() {
    }

    /** Whether this machine can do them: where it cannot, OpenBLAS does all products. */
    public static boolean isPossible() {
        return POSSIBLE;
    }

    /**
     * c [m, n] = a [m, k] b [k, n], or c += a b.
     *
     * @param transposed whether a [k, m] is what lies in memory; {@code aRow} is from one of its rows to the next
     */
    public static void multiply(int m, int n, int k, long a, long aRow, boolean transposed, long b, long bRow, long c, long cRow,
            boolean accumulate, long scratch) {
        int depth = 0;
        do {   // once, too, if there is no depth: c = 0
            panels(m, n, Math.min(DEPTH, k - depth), a + depth * (transposed ? aRow : Float.BYTES), aRow, transposed,
                    b + depth * bRow, bRow, c, cRow, accumulate || depth > 0, scratch);
            depth += DEPTH;
        } while (depth < k);
    }

    private static void panels(int m, int n, int k, long a, long aRow, boolean transposed, long b, long bRow, long c, long cRow,
            boolean accumulate, long scratch) {
        int column = 0;
        for (int left = n / UNIT_COLUMNS, units; left > 0; left -= units) {
            units = left <= MOST_UNITS ? left : USUAL;
            PANELS[units - 1].multiply(m, k, a, aRow, transposed, b + 4L * column, bRow, c + 4L * column, cRow, accumulate,
                    scratch);
            column += units * UNIT_COLUMNS;
        }
        if (column < n) {
            edge(m, n - column, k, a, aRow, transposed, b + 4L * column, bRow, c + 4L * column, cRow, accumulate, scratch);
        }
    }

    /** The last columns, too few for a vector: with a copy of b's that has room for one, and blocks of c that are put in place later. */
    private static void edge(int m, int n, int k, long a, long aRow, boolean transposed, long b, long bRow, long c, long cRow,
            boolean accumulate, long scratch) {
        long block = scratch + (long) DEPTH * UNIT_BYTES;
        widen(k, n, b, bRow, scratch);
        for (int row = 0; row < m; row += NARROW_ROWS) {
            int rows = Math.min(NARROW_ROWS, m - row);
            NARROW.multiply(rows, k, a + row * (transposed ? Float.BYTES : aRow), aRow, transposed, scratch, UNIT_BYTES, block,
                    UNIT_BYTES, false, 0);
            put(rows, n, block, c + row * cRow, cRow, accumulate);
        }
    }

    /** Copies rows of {@code columns} numbers to rows of a vector's length, together with whatever follows them in memory. */
    private static void widen(int rows, int columns, long from, long fromRow, long to) {
        long missing = UNIT_BYTES - 4L * columns;
        int whole = (int) Math.max(0, rows - (missing + fromRow - 1) / fromRow);   // behind the last rows there may be nothing
        for (int row = 0; row < whole; row++) {
            fromMemorySegment(UNIT, ALL, from + row * fromRow, ORDER).intoMemorySegment(ALL, to + (long) row * UNIT_BYTES,
                    ORDER);
        }
        for (int row = whole; row < rows; row++) {
            for (long at = 0; at < 4L * columns; at += 4) {
                Raw.putFloat(to + (long) row * UNIT_BYTES + at, Raw.getFloat(from + row * fromRow + at));
            }
        }
    }

    /** Copies or adds the first numbers of each row of a block: what lies behind them in c is another's. */
    private static void put(int rows, int columns, long block, long c, long cRow, boolean add) {
        for (int row = 0; row < rows; row++) {
            for (long at = 0; at < 4L * columns; at += 4) {
                float value = Raw.getFloat(block + (long) row * UNIT_BYTES + at);
                Raw.putFloat(c + row * cRow + at, add ? Raw.getFloat(c + row * cRow + at) + value : value);
            }
        }
    }
}
