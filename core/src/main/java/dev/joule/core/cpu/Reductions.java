package dev.joule.core.cpu;

import static dev.joule.core.cpu.Native.ALL;
import static dev.joule.core.cpu.Native.FLOATS;
import static dev.joule.core.cpu.Native.LANES;
import static dev.joule.core.cpu.Native.ORDER;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import dev.joule.core.DType;
import dev.joule.core.scalar.Reducer;
import jdk.incubator.vector.FloatVector;

/**
 * Combines the rows of small matrices: {@code totals[u, j] += tile[u, i, j]} for all i, or the same with max. Rows lie
 * {@code stride} elements apart, the matrices one after the other. The order of the additions is fixed (the Vector API's own
 * reduceLanes leaves it open), so that results repeat to the bit.
 */
final class Reductions {
    private Reductions() {
    }

    static void combine(DType dtype, Reducer reducer, long tile, int units, int rows, int columns, long stride, long totals,
            float[] lanes) {
        if (dtype != DType.FLOAT32) {
            scalars(dtype, reducer, tile, units, rows, columns, stride, totals);
        } else if (columns == 1 && stride == 1) {
            for (int unit = 0; unit < units; unit++) {
                long from = tile + 4L * unit * rows;
                long total = totals + 4L * unit;
                float before = Raw.getFloat(total);
                Raw.putFloat(total, switch (reducer) {
                    case SUM -> (float) (before + sum(from, rows, lanes));
                    case MAX -> Math.max(before, max(from, rows, lanes));
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

    /** The sum of a run: lane by lane in float32, the lanes and the rest in double, in four chains of additions that do not wait for each other. */
    private static double sum(long from, int length, float[] lanes) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = 0;
        if (length >= 2 * LANES) {
            FloatVector a = FloatVector.zero(FLOATS), b = a, c = a, d = a;
            for (; i <= length - 4 * LANES; i += 4 * LANES) {
                a = a.add(fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER));
                b = b.add(fromMemorySegment(FLOATS, ALL, from + 4L * (i + LANES), ORDER));
                c = c.add(fromMemorySegment(FLOATS, ALL, from + 4L * (i + 2 * LANES), ORDER));
                d = d.add(fromMemorySegment(FLOATS, ALL, from + 4L * (i + 3 * LANES), ORDER));
            }
            for (; i <= length - LANES; i += LANES) {
                a = a.add(fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER));
            }
            a.add(b).add(c.add(d)).intoArray(lanes, 0);
            for (int lane = 0; lane < LANES; lane += 4) {
                s0 += lanes[lane];
                s1 += lanes[lane + 1];
                s2 += lanes[lane + 2];
                s3 += lanes[lane + 3];
            }
        }
        for (; i <= length - 4; i += 4) {
            s0 += Raw.getFloat(from + 4L * i);
            s1 += Raw.getFloat(from + 4L * i + 4);
            s2 += Raw.getFloat(from + 4L * i + 8);
            s3 += Raw.getFloat(from + 4L * i + 12);
        }
        for (; i < length; i++) {
            s0 += Raw.getFloat(from + 4L * i);
        }
        return s0 + s1 + (s2 + s3);
    }

    private static float max(long from, int length, float[] lanes) {
        float max = Float.NEGATIVE_INFINITY;
        int i = 0;
        if (length >= 2 * LANES) {
            FloatVector most = FloatVector.broadcast(FLOATS, max);
            for (; i <= length - LANES; i += LANES) {
                most = most.max(fromMemorySegment(FLOATS, ALL, from + 4L * i, ORDER));
            }
            most.intoArray(lanes, 0);
            for (float lane : lanes) {
                max = Math.max(max, lane);
            }
        }
        for (; i < length; i++) {
            max = Math.max(max, Raw.getFloat(from + 4L * i));
        }
        return max;
    }

    private static void sumColumns(long from, int rows, int columns, long stride, long totals) {
        int j = 0;
        for (; j <= columns - LANES; j += LANES) {
            FloatVector sum = fromMemorySegment(FLOATS, ALL, totals + 4L * j, ORDER);
            for (int i = 0; i < rows; i++) {
                sum = sum.add(fromMemorySegment(FLOATS, ALL, from + i * stride + 4L * j, ORDER));
            }
            sum.intoMemorySegment(ALL, totals + 4L * j, ORDER);
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
                double value = Raw.get(dtype, total);
                for (int i = 0; i < rows; i++) {
                    value = reducer.combine(value, Raw.get(dtype, tile + bytes * ((unit * rows + i) * stride + j)));
                }
                Raw.put(dtype, total, value);
            }
        }
    }
}
