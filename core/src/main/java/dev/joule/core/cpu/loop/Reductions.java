package dev.joule.core.cpu.loop;

import static dev.joule.core.cpu.memory.Native.ALL;
import static dev.joule.core.cpu.memory.Native.FLOATS;
import static dev.joule.core.cpu.memory.Native.INTS;
import static dev.joule.core.cpu.memory.Native.LANES;
import static dev.joule.core.cpu.memory.Native.ORDER;
import static dev.joule.core.cpu.memory.Native.VECTOR_BYTES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MAX;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.scalar.Reducer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShuffle;

/**
 * Combines the rows of small matrices: {@code totals[u, j] += tile[u, i, j]} for all i, or the same with max. Rows lie
 * {@code stride} elements apart, the matrices one after the other. The order of additions is fixed (the Vector API's own
 * reduceLanes leaves it open for sums), so that results repeat to the bit.
 */
public final class Reductions {
    /** Lanes whose numbers differ in one bit are exchanged. */
    private static final VectorShuffle<Float> BY_8 = exchange(8), BY_4 = exchange(4), BY_2 = exchange(2), BY_1 = exchange(1);
    private static final FloatVector PLACES = (FloatVector) IntVector.zero(INTS).addIndex(1).convert(I2F, 0);

    private Reductions() {
    }

    private static VectorShuffle<Float> exchange(int distance) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ distance) % LANES);
    }

    public static void combine(DType dtype, Reducer reducer, long tile, int units, int rows, int columns, long stride,
            long totals) {
        if (dtype != DType.FLOAT32) {
            scalars(dtype, reducer, tile, units, rows, columns, stride, totals);
        } else if (columns == 1 && stride == 1) {
            for (int unit = 0; unit < units; unit++) {
                long from = tile + 4L * unit * rows;
                long total = totals + 4L * unit;
                float before = Raw.getFloat(total);
                Raw.putFloat(total, switch (reducer) {
                    case SUM -> before + sum(from, rows);
                    case MAX -> Math.max(before, max(from, rows));
                });
            }
        } else {
            for (int unit = 0; unit < units; unit++) {
                long from = tile + 4L * unit * rows * stride;
                long total = totals + 4L * unit * columns;
                switch (reducer) {
                    case SUM -> sumColumns(from, rows, columns, 4 * stride, total);
                    case MAX -> maxColumns(from, rows, columns, 4 * stride, total);
                }
            }
        }
    }

    /** The sum of a run: vectors in four chains of additions that do not wait for each other, then lanes by halves. */
    private static float sum(long from, int length) {
        if (length < LANES) {
            return sumOfFew(from, length);
        }
        FloatVector a = FloatVector.zero(FLOATS), b = a, c = a, d = a;
        int i = 0;
        for (; i <= length - 4 * LANES; i += 4 * LANES) {
            long at = from + 4L * i;
            a = a.add(fromMemorySegment(FLOATS, ALL, at, ORDER));
            b = b.add(fromMemorySegment(FLOATS, ALL, at + VECTOR_BYTES, ORDER));
            c = c.add(fromMemorySegment(FLOATS, ALL, at + 2 * VECTOR_BYTES, ORDER));
            d = d.add(fromMemorySegment(FLOATS, ALL, at + 3 * VECTOR_BYTES, ORDER));
        }
        for (; i <= length - LANES; i += LANES) {
            a = a.add(fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER));
        }
        if (i < length) {   // the run's last vector, without the lanes that have been counted
            FloatVector last = fromMemorySegment(FLOATS, ALL, from + 4L * (length - LANES), ORDER);
            b = b.add(last.blend(0, PLACES.compare(LT, LANES - (length - i))));
        }
        FloatVector all = a.add(b).add(c.add(d));
        if (LANES >= 16) {
            all = all.add(all.rearrange(BY_8));
        }
        if (LANES >= 8) {
            all = all.add(all.rearrange(BY_4));
        }
        all = all.add(all.rearrange(BY_2));
        all = all.add(all.rearrange(BY_1));
        return all.lane(0);
    }

    /** The sum of less than a vector, in four chains too. */
    private static float sumOfFew(long from, int length) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = 0;
        for (; i <= length - 4; i += 4) {
            s0 += Raw.getFloat(from + 4L * i);
            s1 += Raw.getFloat(from + 4L * i + 4);
            s2 += Raw.getFloat(from + 4L * i + 8);
            s3 += Raw.getFloat(from + 4L * i + 12);
        }
        for (; i < length; i++) {
            s0 += Raw.getFloat(from + 4L * i);
        }
        return (float) (s0 + s1 + (s2 + s3));
    }

    /** In any order, and some elements twice if the last vector begins within the one before: a maximum does not mind. */
    private static float max(long from, int length) {
        float max = Float.NEGATIVE_INFINITY;
        if (length < LANES) {
            for (int i = 0; i < length; i++) {
                max = Math.max(max, Raw.getFloat(from + 4L * i));
            }
            return max;
        }
        FloatVector most = fromMemorySegment(FLOATS, ALL, from + 4L * (length - LANES), ORDER);
        for (int i = 0; i < length - LANES; i += LANES) {
            most = most.max(fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER));
        }
        return most.reduceLanes(MAX);
    }

    /** Four vectors of columns at a time, then single ones, then the last columns, less than a vector. */
    private static void sumColumns(long from, int rows, int columns, long stride, long totals) {
        int j = 0;
        for (; j <= columns - 4 * LANES; j += 4 * LANES) {
            long to = totals + 4L * j;
            FloatVector a = fromMemorySegment(FLOATS, ALL, to, ORDER);
            FloatVector b = fromMemorySegment(FLOATS, ALL, to + VECTOR_BYTES, ORDER);
            FloatVector c = fromMemorySegment(FLOATS, ALL, to + 2 * VECTOR_BYTES, ORDER);
            FloatVector d = fromMemorySegment(FLOATS, ALL, to + 3 * VECTOR_BYTES, ORDER);
            for (int i = 0; i < rows; i++) {
                long at = from + i * stride + 4L * j;
                a = a.add(fromMemorySegment(FLOATS, ALL, at, ORDER));
                b = b.add(fromMemorySegment(FLOATS, ALL, at + VECTOR_BYTES, ORDER));
                c = c.add(fromMemorySegment(FLOATS, ALL, at + 2 * VECTOR_BYTES, ORDER));
                d = d.add(fromMemorySegment(FLOATS, ALL, at + 3 * VECTOR_BYTES, ORDER));
            }
            a.intoMemorySegment(ALL, to, ORDER);
            b.intoMemorySegment(ALL, to + VECTOR_BYTES, ORDER);
            c.intoMemorySegment(ALL, to + 2 * VECTOR_BYTES, ORDER);
            d.intoMemorySegment(ALL, to + 3 * VECTOR_BYTES, ORDER);
        }
        for (; j <= columns - LANES; j += LANES) {
            FloatVector sum = fromMemorySegment(FLOATS, ALL, totals + 4L * j, ORDER);
            for (int i = 0; i < rows; i++) {
                sum = sum.add(fromMemorySegment(FLOATS, ALL, from + i * stride + 4L * j, ORDER));
            }
            sum.intoMemorySegment(ALL, totals + 4L * j, ORDER);
        }
        if (j < columns && columns >= LANES) {   // the row's last vector; lanes that have been counted stay as they are
            long last = 4L * (columns - LANES);
            FloatVector before = fromMemorySegment(FLOATS, ALL, totals + last, ORDER);
            FloatVector sum = before;
            for (int i = 0; i < rows; i++) {
                sum = sum.add(fromMemorySegment(FLOATS, ALL, from + i * stride + last, ORDER));
            }
            sum.blend(before, PLACES.compare(LT, LANES - (columns - j))).intoMemorySegment(ALL, totals + last, ORDER);
            return;
        }
        for (; j < columns; j++) {
            double sum = Raw.getFloat(totals + 4L * j);
            for (int i = 0; i < rows; i++) {
                sum += Raw.getFloat(from + i * stride + 4L * j);
            }
            Raw.putFloat(totals + 4L * j, (float) sum);
        }
    }

    private static void maxColumns(long from, int rows, int columns, long stride, long totals) {
        int j = 0;
        for (; j <= columns - LANES; j += LANES) {
            FloatVector max = fromMemorySegment(FLOATS, ALL, totals + 4L * j, ORDER);
            for (int i = 0; i < rows; i++) {
                max = max.max(fromMemorySegment(FLOATS, ALL, from + i * stride + 4L * j, ORDER));
            }
            max.intoMemorySegment(ALL, totals + 4L * j, ORDER);
        }
        for (; j < columns; j++) {
            float max = Raw.getFloat(totals + 4L * j);
            for (int i = 0; i < rows; i++) {
                max = Math.max(max, Raw.getFloat(from + i * stride + 4L * j));
            }
            Raw.putFloat(totals + 4L * j, max);
        }
    }

    private static void scalars(DType dtype, Reducer reducer, long tile, int units, int rows, int columns, long stride,
            long totals) {
        int bytes = dtype.bytes();
        for (int unit = 0; unit < units; unit++) {
            for (int j = 0; j < columns; j++) {
                long total = totals + (long) bytes * (unit * columns + j);
                if (dtype == DType.INT32) {
                    int value = Raw.getInt(total);
                    for (int i = 0; i < rows; i++) {
                        value = reducer.combineInt(value, Raw.getInt(tile + 4 * ((unit * rows + i) * stride + j)));
                    }
                    Raw.putInt(total, value);
                    continue;
                }
                double value = Raw.get(dtype, total);
                for (int i = 0; i < rows; i++) {
                    value = reducer.combine(value, Raw.get(dtype, tile + bytes * ((unit * rows + i) * stride + j)));
                }
                Raw.put(dtype, total, value);
            }
        }
    }
}
