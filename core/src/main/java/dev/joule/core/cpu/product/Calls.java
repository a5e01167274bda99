package dev.joule.core.cpu.product;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import dev.joule.core.Shape;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.View;

/**
 * The products of two matrices that a step consists of, as {@link FloatProduct} does them: one for each index of the
 * batch, of all rows' axes but the last, and of all axes of the depth but the last two. Products that differ in the depth add up
 * in one c; they come one after the other.
 *
 * @param a     the address of each product's operand; so b, and c
 * @param adding how many products add up
 * @param rows  of each
 * @param left  how a lies
 */
record Calls(long[] a, long[] b, long[] c, int adding, int rows, Left left) {
    /** How many matrices c there are. */
    int matrices() {
        return c.length / adding;
    }

    static Calls of(MatMulStep step, Addresses addresses) {
        int batch = step.batch().length, rows = step.rows().length, depth = step.depth().length, inner = Math.min(2, depth);
        int[] sizes = step.aDomain();
        long[] aStrides = step.a().strides(), bStrides = step.b().strides(), cStrides = step.c().strides();
        List<Integer> outer = new ArrayList<>(IntStream.range(0, batch + rows - 1).boxed().toList()),
                deep = IntStream.range(batch + rows, sizes.length - inner).boxed().toList();
        outer.addAll(deep);
        int[] domain = outer.stream().mapToInt(axis -> sizes[axis]).toArray();
        long[] flatRows = Shape.of(step.rows()).strides(), flatDepth = Shape.of(step.depth()).strides();
        long[] toA = new long[domain.length], toB = new long[domain.length], toC = new long[domain.length];
        for (int i = 0; i < domain.length; i++) {
            int axis = outer.get(i);
            toA[i] = aStrides[axis];
            toB[i] = axis < batch ? bStrides[axis] : axis < batch + rows ? 0 : flatDepth[axis - batch - rows] * bStrides[batch];
            toC[i] = axis < batch ? cStrides[axis] : axis < batch + rows ? flatRows[axis - batch] * cStrides[batch] : 0;
        }
        int adding = deep.stream().mapToInt(axis -> sizes[axis]).reduce(1, (x, y) -> x * y);
        return new Calls(places(addresses, step.a(), domain, toA), places(addresses, step.b(), domain, toB),
                places(addresses, step.c(), domain, toC), adding, step.rows()[rows - 1],
                left(step, addresses.dtype(step.c()).bytes()));
    }

    private static Left left(MatMulStep step, int bytes) {
        int[] sizes = step.aDomain();
        long[] strides = step.a().strides();
        int column = sizes.length - 1, row = column - step.depth().length;
        boolean byRows = strides[column] == 1 || sizes[column] == 1;
        if (!byRows && strides[row] != 1 && sizes[row] != 1) {
            throw new IllegalStateException(
                    "plan: neither rows nor columns of a product's operand lie side by side: " + step.origin());
        }
        boolean many = step.depth().length > 1;
        return new Left(!byRows, bytes * strides[byRows ? row : column], many ? sizes[column - 1] : 1, sizes[column],
                many ? bytes * strides[column - 1] : 0);
    }

    /** The address of the first element of a view at each place of a domain. */
    private static long[] places(Addresses addresses, View view, int[] domain, long[] strides) {
        long first = addresses.of(view), bytes = addresses.dtype(view).bytes();
        return LongStream.range(0, Shape.of(domain).count()).map(number -> {
            long place = first;
            for (int axis = domain.length - 1; axis >= 0; axis--) {
                place += number % domain[axis] * strides[axis] * bytes;
                number /= domain[axis];
            }
            return place;
        }).toArray();
    }
}
