package dev.joule.core.cpu.product;

import static dev.joule.core.cpu.memory.Native.ALL;
import static dev.joule.core.cpu.memory.Native.FLOATS;
import static dev.joule.core.cpu.memory.Native.LANES;
import static dev.joule.core.cpu.memory.Native.ORDER;
import static dev.joule.core.cpu.memory.Native.VECTOR_BYTES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import dev.joule.core.cpu.memory.Raw;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of float32 matrices with vectors of 512 bits. A block of c, 4 rows by 4 vectors, stays in 16 registers while the
 * depth goes by: each turn loads 4 vectors of b and 4 numbers of a, and does 16 multiplications and additions per lane. Nothing
 * is packed, so a product of a few dozen rows is as quick as a large one; OpenBLAS needs hundreds (docs/performance.md).
 *
 * <p>Strides are in bytes. Neighbouring columns of b and of c lie side by side.
 */
public final class FloatProduct {
    private static final int ROWS = 4, WIDE = 4 * LANES, NARROW_ROWS = 8;
    /** Vectors of 256 bits, of which the processor does two at a time: they waste less of a matrix's last columns. */
    private static final VectorSpecies<Float> HALF = FloatVector.SPECIES_256;
    private static final int NARROW = HALF.length(), NARROW_BYTES = HALF.vectorByteSize();
    /** So much of b's panel stays in the caches while a's rows go by. */
    private static final int DEPTH = 256;

    /** What {@link #multiply} needs to work in. */
    public static final long SCRATCH_BYTES = (long) (DEPTH + NARROW_ROWS) * NARROW_BYTES;

    private FloatProduct() {
    }

    /** Whether there are registers enough for it: 32 of 512 bits. */
    public static boolean isQuick() {
        return VECTOR_BYTES == 64;
    }

    /** c [m, n] = a [m, k] b [k, n], or c += a b. */
    public static void multiply(int m, int n, int k, long a, long aRow, long aColumn, long b, long bRow, long c, long cRow,
            boolean accumulate, long scratch) {
        for (int depth = 0; depth < k; depth += DEPTH) {
            panels(m, n, Math.min(DEPTH, k - depth), a + depth * aColumn, aRow, aColumn, b + depth * bRow, bRow, c, cRow,
                    accumulate || depth > 0, scratch);
        }
    }

    private static void panels(int m, int n, int k, long a, long aRow, long aColumn, long b, long bRow, long c, long cRow,
            boolean accumulate, long scratch) {
        int column = 0;
        for (; column <= n - WIDE; column += WIDE) {
            for (int row = 0; row < m; row += ROWS) {
                wide(k, a + row * aRow, aRow, Math.min(ROWS, m - row) - 1, aColumn, b + 4L * column, bRow,
                        c + row * cRow + 4L * column, cRow, accumulate);
            }
        }
        for (; column <= n - NARROW; column += NARROW) {
            for (int row = 0; row < m; row += NARROW_ROWS) {
                narrow(k, a + row * aRow, aRow, Math.min(NARROW_ROWS, m - row) - 1, aColumn, b + 4L * column, bRow,
                        c + row * cRow + 4L * column, cRow, accumulate);
            }
        }
        if (column < n) {
            edge(m, n - column, k, a, aRow, aColumn, b + 4L * column, bRow, c + 4L * column, cRow, accumulate, scratch);
        }
    }

    /** The last columns, too few for a vector: with a copy of b's that has room for one, and blocks of c that are put in place later. */
    private static void edge(int m, int n, int k, long a, long aRow, long aColumn, long b, long bRow, long c, long cRow,
            boolean accumulate, long scratch) {
        long block = scratch + (long) DEPTH * NARROW_BYTES;
        widen(k, n, b, bRow, scratch);
        for (int row = 0; row < m; row += NARROW_ROWS) {
            int rows = Math.min(NARROW_ROWS, m - row);
            narrow(k, a + row * aRow, aRow, rows - 1, aColumn, scratch, NARROW_BYTES, block, NARROW_BYTES, false);
            put(rows, n, block, c + row * cRow, cRow, accumulate);
        }
    }

    /** Copies rows of {@code columns} numbers to rows of a vector's length, together with whatever follows them in memory. */
    private static void widen(int rows, int columns, long from, long fromRow, long to) {
        long missing = NARROW_BYTES - 4L * columns;
        int whole = (int) Math.max(0, rows - (missing + fromRow - 1) / fromRow);   // behind the last rows there may be nothing
        for (int row = 0; row < whole; row++) {
            fromMemorySegment(HALF, ALL, from + row * fromRow, ORDER).intoMemorySegment(ALL, to + (long) row * NARROW_BYTES,
                    ORDER);
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

    /** 4 rows by 4 vectors. With fewer than 4 rows, the last, {@code last}, stands for those that are missing, too. */
    private static void wide(int k, long a, long aRow, int last, long aColumn, long b, long bRow, long c, long cRow,
            boolean accumulate) {
        long row1 = Math.min(1, last), row2 = Math.min(2, last), row3 = Math.min(3, last);
        long a1 = row1 * aRow, a2 = row2 * aRow, a3 = row3 * aRow;
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        FloatVector s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        FloatVector s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        FloatVector s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        if (accumulate) {
            s00 = fromMemorySegment(FLOATS, ALL, c, ORDER);
            s01 = fromMemorySegment(FLOATS, ALL, c + VECTOR_BYTES, ORDER);
            s02 = fromMemorySegment(FLOATS, ALL, c + 2 * VECTOR_BYTES, ORDER);
            s03 = fromMemorySegment(FLOATS, ALL, c + 3 * VECTOR_BYTES, ORDER);
            s10 = fromMemorySegment(FLOATS, ALL, c + row1 * cRow, ORDER);
            s11 = fromMemorySegment(FLOATS, ALL, c + row1 * cRow + VECTOR_BYTES, ORDER);
            s12 = fromMemorySegment(FLOATS, ALL, c + row1 * cRow + 2 * VECTOR_BYTES, ORDER);
            s13 = fromMemorySegment(FLOATS, ALL, c + row1 * cRow + 3 * VECTOR_BYTES, ORDER);
            s20 = fromMemorySegment(FLOATS, ALL, c + row2 * cRow, ORDER);
            s21 = fromMemorySegment(FLOATS, ALL, c + row2 * cRow + VECTOR_BYTES, ORDER);
            s22 = fromMemorySegment(FLOATS, ALL, c + row2 * cRow + 2 * VECTOR_BYTES, ORDER);
            s23 = fromMemorySegment(FLOATS, ALL, c + row2 * cRow + 3 * VECTOR_BYTES, ORDER);
            s30 = fromMemorySegment(FLOATS, ALL, c + row3 * cRow, ORDER);
            s31 = fromMemorySegment(FLOATS, ALL, c + row3 * cRow + VECTOR_BYTES, ORDER);
            s32 = fromMemorySegment(FLOATS, ALL, c + row3 * cRow + 2 * VECTOR_BYTES, ORDER);
            s33 = fromMemorySegment(FLOATS, ALL, c + row3 * cRow + 3 * VECTOR_BYTES, ORDER);
        }
        for (int i = 0; i < k; i++) {
            FloatVector b0 = fromMemorySegment(FLOATS, ALL, b, ORDER);
            FloatVector b1 = fromMemorySegment(FLOATS, ALL, b + VECTOR_BYTES, ORDER);
            FloatVector b2 = fromMemorySegment(FLOATS, ALL, b + 2 * VECTOR_BYTES, ORDER);
            FloatVector b3 = fromMemorySegment(FLOATS, ALL, b + 3 * VECTOR_BYTES, ORDER);
            FloatVector x = broadcast(FLOATS, Raw.getFloat(a));
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            s02 = x.fma(b2, s02);
            s03 = x.fma(b3, s03);
            x = broadcast(FLOATS, Raw.getFloat(a + a1));
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            s12 = x.fma(b2, s12);
            s13 = x.fma(b3, s13);
            x = broadcast(FLOATS, Raw.getFloat(a + a2));
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            s22 = x.fma(b2, s22);
            s23 = x.fma(b3, s23);
            x = broadcast(FLOATS, Raw.getFloat(a + a3));
            s30 = x.fma(b0, s30);
            s31 = x.fma(b1, s31);
            s32 = x.fma(b2, s32);
            s33 = x.fma(b3, s33);
            a += aColumn;
            b += bRow;
        }
        s00.intoMemorySegment(ALL, c, ORDER);
        s01.intoMemorySegment(ALL, c + VECTOR_BYTES, ORDER);
        s02.intoMemorySegment(ALL, c + 2 * VECTOR_BYTES, ORDER);
        s03.intoMemorySegment(ALL, c + 3 * VECTOR_BYTES, ORDER);
        s10.intoMemorySegment(ALL, c + row1 * cRow, ORDER);
        s11.intoMemorySegment(ALL, c + row1 * cRow + VECTOR_BYTES, ORDER);
        s12.intoMemorySegment(ALL, c + row1 * cRow + 2 * VECTOR_BYTES, ORDER);
        s13.intoMemorySegment(ALL, c + row1 * cRow + 3 * VECTOR_BYTES, ORDER);
        s20.intoMemorySegment(ALL, c + row2 * cRow, ORDER);
        s21.intoMemorySegment(ALL, c + row2 * cRow + VECTOR_BYTES, ORDER);
        s22.intoMemorySegment(ALL, c + row2 * cRow + 2 * VECTOR_BYTES, ORDER);
        s23.intoMemorySegment(ALL, c + row2 * cRow + 3 * VECTOR_BYTES, ORDER);
        s30.intoMemorySegment(ALL, c + row3 * cRow, ORDER);
        s31.intoMemorySegment(ALL, c + row3 * cRow + VECTOR_BYTES, ORDER);
        s32.intoMemorySegment(ALL, c + row3 * cRow + 2 * VECTOR_BYTES, ORDER);
        s33.intoMemorySegment(ALL, c + row3 * cRow + 3 * VECTOR_BYTES, ORDER);
    }

    /** 8 rows by half a vector. With fewer rows, as with {@link #wide}. */
    private static void narrow(int k, long a, long aRow, int last, long aColumn, long b, long bRow, long c, long cRow,
            boolean accumulate) {
        long row1 = Math.min(1, last), row2 = Math.min(2, last), row3 = Math.min(3, last);
        long row4 = Math.min(4, last), row5 = Math.min(5, last), row6 = Math.min(6, last), row7 = Math.min(7, last);
        long a1 = row1 * aRow, a2 = row2 * aRow, a3 = row3 * aRow, a4 = row4 * aRow, a5 = row5 * aRow, a6 = row6 * aRow,
                a7 = row7 * aRow;
        long c1 = c + row1 * cRow, c2 = c + row2 * cRow, c3 = c + row3 * cRow, c4 = c + row4 * cRow, c5 = c + row5 * cRow,
                c6 = c + row6 * cRow, c7 = c + row7 * cRow;
        FloatVector zero = FloatVector.zero(HALF);
        FloatVector s0 = zero, s1 = zero, s2 = zero, s3 = zero;
        FloatVector s4 = zero, s5 = zero, s6 = zero, s7 = zero;
        if (accumulate) {
            s0 = fromMemorySegment(HALF, ALL, c, ORDER);
            s1 = fromMemorySegment(HALF, ALL, c1, ORDER);
            s2 = fromMemorySegment(HALF, ALL, c2, ORDER);
            s3 = fromMemorySegment(HALF, ALL, c3, ORDER);
            s4 = fromMemorySegment(HALF, ALL, c4, ORDER);
            s5 = fromMemorySegment(HALF, ALL, c5, ORDER);
            s6 = fromMemorySegment(HALF, ALL, c6, ORDER);
            s7 = fromMemorySegment(HALF, ALL, c7, ORDER);
        }
        for (int i = 0; i < k; i++) {
            FloatVector y = fromMemorySegment(HALF, ALL, b, ORDER);
            s0 = broadcast(HALF, Raw.getFloat(a)).fma(y, s0);
            s1 = broadcast(HALF, Raw.getFloat(a + a1)).fma(y, s1);
            s2 = broadcast(HALF, Raw.getFloat(a + a2)).fma(y, s2);
            s3 = broadcast(HALF, Raw.getFloat(a + a3)).fma(y, s3);
            s4 = broadcast(HALF, Raw.getFloat(a + a4)).fma(y, s4);
            s5 = broadcast(HALF, Raw.getFloat(a + a5)).fma(y, s5);
            s6 = broadcast(HALF, Raw.getFloat(a + a6)).fma(y, s6);
            s7 = broadcast(HALF, Raw.getFloat(a + a7)).fma(y, s7);
            a += aColumn;
            b += bRow;
        }
        s0.intoMemorySegment(ALL, c, ORDER);
        s1.intoMemorySegment(ALL, c1, ORDER);
        s2.intoMemorySegment(ALL, c2, ORDER);
        s3.intoMemorySegment(ALL, c3, ORDER);
        s4.intoMemorySegment(ALL, c4, ORDER);
        s5.intoMemorySegment(ALL, c5, ORDER);
        s6.intoMemorySegment(ALL, c6, ORDER);
        s7.intoMemorySegment(ALL, c7, ORDER);
    }
}
