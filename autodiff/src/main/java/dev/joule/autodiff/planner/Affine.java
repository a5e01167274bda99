package dev.joule.autodiff.planner;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import dev.joule.core.Shape;

/**
 * Which element of an array a loop looks at: index a of the array is {@code offsets[a] + Σ factors[a][d] · i_d}, where i_d are the indices
 * of the loop's domain. Shape operations turn the map of their result into that of their input.
 */
record Affine(int domainRank, long[] offsets, long[][] factors) {

    /** Axis {@code a} of the array is axis {@code axes[a]} of the domain. */
    static Affine axes(int domainRank, int... axes) {
        long[][] factors = new long[axes.length][domainRank];
        for (int a = 0; a < axes.length; a++) {
            factors[a][axes[a]] = 1;
        }
        return new Affine(domainRank, new long[axes.length], factors);
    }

    static Affine identity(int rank) {
        return axes(rank, IntStream.range(0, rank).toArray());
    }

    /** Equal for equal maps. */
    Object key() {
        return List.of(Arrays.stream(offsets).boxed().toList(),
                Arrays.stream(factors).map(row -> Arrays.stream(row).boxed().toList()).toList());
    }

    /** Result axis i was input axis order[i]. */
    Affine permuted(List<Integer> order) {
        long[] offset = new long[order.size()];
        long[][] factor = new long[order.size()][];
        for (int i = 0; i < order.size(); i++) {
            offset[order.get(i)] = offsets[i];
            factor[order.get(i)] = factors[i];
        }
        return new Affine(domainRank, offset, factor);
    }

    /** The axes that a broadcast added are forgotten. */
    Affine without(List<Integer> axes) {
        int[] kept = IntStream.range(0, offsets.length).filter(a -> !axes.contains(a)).toArray();
        long[] offset = new long[kept.length];
        long[][] factor = new long[kept.length][];
        for (int i = 0; i < kept.length; i++) {
            offset[i] = offsets[kept[i]];
            factor[i] = factors[kept[i]];
        }
        return new Affine(domainRank, offset, factor);
    }

    Affine sliced(List<Integer> starts, List<Integer> steps) {
        long[] offset = new long[offsets.length];
        long[][] factor = new long[offsets.length][domainRank];
        for (int a = 0; a < offsets.length; a++) {
            offset[a] = starts.get(a) + (long) steps.get(a) * offsets[a];
            for (int d = 0; d < domainRank; d++) {
                factor[a][d] = steps.get(a) * factors[a][d];
            }
        }
        return new Affine(domainRank, offset, factor);
    }

    /** So much further on along each axis of the array. */
    Affine moved(int... by) {
        return new Affine(domainRank, IntStream.range(0, by.length).mapToLong(a -> offsets[a] + by[a]).toArray(), factors);
    }

    /** Place j of window i is element {@code i * step + j} of the axis. */
    Affine unfolded(int axis, int step) {
        long[] offset = new long[offsets.length - 1];
        long[][] factor = new long[offset.length][];
        for (int a = 0; a < offset.length; a++) {
            int from = a <= axis ? a : a + 1;
            offset[a] = offsets[from];
            factor[a] = factors[from].clone();
        }
        offset[axis] = offset[axis] * step + offsets[axis + 1];
        for (int d = 0; d < domainRank; d++) {
            factor[axis][d] = factor[axis][d] * step + factors[axis + 1][d];
        }
        return new Affine(domainRank, offset, factor);
    }

    /** Whether a reshape can be looked through: each axis of its input is a run of axes of its result; what these leave have size 1. */
    static boolean passes(Shape input, Shape result) {
        int at = 0;
        for (int axis = 0; axis < input.rank(); axis++) {
            long product = 1;
            while (product < input.size(axis) && at < result.rank()) {
                product *= result.size(at++);
            }
            if (product != input.size(axis)) {
                return false;
            }
        }
        return true;
    }

    /** The map of the input of a reshape that {@link #passes}: each axis of it is the position within a run of the result's axes. */
    Affine reshaped(Shape input, Shape result) {
        long[] offset = new long[input.rank()];
        long[][] factor = new long[input.rank()][domainRank];
        int at = 0;
        for (int axis = 0; axis < input.rank(); axis++) {
            for (long product = 1; product < input.size(axis); at++) {
                int size = result.size(at);
                product *= size;
                offset[axis] = offset[axis] * size + offsets[at];
                for (int d = 0; d < domainRank; d++) {
                    factor[axis][d] = factor[axis][d] * size + factors[at][d];
                }
            }
        }
        return new Affine(domainRank, offset, factor);
    }

    /** The position in row-major order of an array of this shape. */
    long offset(Shape shape) {
        long[] strides = shape.strides();
        long sum = 0;
        for (int a = 0; a < offsets.length; a++) {
            sum += offsets[a] * strides[a];
        }
        return sum;
    }

    /** How much that position grows along each axis of the domain. */
    long[] strides(Shape shape) {
        long[] strides = shape.strides();
        long[] sum = new long[domainRank];
        for (int a = 0; a < offsets.length; a++) {
            for (int d = 0; d < domainRank; d++) {
                sum[d] += factors[a][d] * strides[a];
            }
        }
        return sum;
    }
}
