package dev.joule.core.cpu.product;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import dev.joule.core.Shape;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.View;

/**
 * The products of two matrices that a step consists of, as {@link FloatProduct} does them: one for each index of the batch, of all rows'
 * axes but the last two, and of all axes of the depth but the last two. The last axis of a batch counts as the rows' if b is the same
 * along it. Products that differ in the depth add up in one c; they come one after the other.
 *
 * @param a      the address of each product's operand; so b, and c
 * @param adding how many products add up
 * @param rows   of each line of a product
 * @param left   how a lies
 * @param cLine  bytes from one line of c to the next
 */
record Calls(long[] a, long[] b, long[] c, int adding, int rows, Left left, long cLine) {

    /** @param lines whether a product may have several lines of rows */
    static Calls of(MatMulStep step, Addresses addresses, boolean lines) {
        return new Axes(step, addresses).calls(lines);
    }

    /** How many matrices c there are. */
    int matrices() {
        return c.length / adding;
    }

    /** The axes of a's domain, and how far it is from one place of each to the next, in elements of each operand. */
    private static final class Axes {
        private final MatMulStep step;
        private final Addresses addresses;
        private final int[] sizes;
        private final long[] a;
        private final long[] b;
        private final long[] c;
        private final int row;      // the last axis of the rows
        private final int column;   // the last of the depth
        private final long bytes;

        Axes(MatMulStep step, Addresses addresses) {
            int batch = step.batch().length;
            this.step = step;
            this.addresses = addresses;
            this.sizes = step.aDomain();
            this.row = batch + step.rows().length - 1;
            this.column = sizes.length - 1;
            this.bytes = addresses.dtype(step.c()).bytes();
            this.a = step.a().strides();
            this.b = new long[sizes.length];
            this.c = new long[sizes.length];
            long[] rows = Shape.of(step.rows()).strides(), depth = Shape.of(step.depth()).strides();
            for (int axis = 0; axis < sizes.length; axis++) {
                if (axis < batch) {
                    b[axis] = step.b().strides()[axis];
                    c[axis] = step.c().strides()[axis];
                } else if (axis <= row) {
                    c[axis] = rows[axis - batch] * step.c().strides()[batch];
                } else {
                    b[axis] = depth[axis - row - 1] * step.b().strides()[batch];
                }
            }
        }

        Calls calls(boolean several) {
            boolean lines = several && row > 0 && b[row - 1] == 0, pieces = step.depth().length > 1;
            int[] outer = IntStream.concat(IntStream.range(0, lines ? row - 1 : row),
                    IntStream.range(row + 1, pieces ? column - 1 : column)).toArray();
            int adding = Arrays.stream(outer).filter(axis -> axis > row).map(axis -> sizes[axis]).reduce(1, (x, y) -> x * y);
            long cLine = lines ? bytes * c[row - 1] : 0;
            return new Calls(places(outer, step.a(), a), places(outer, step.b(), b), places(outer, step.c(), c), adding,
                    sizes[row], left(lines, pieces), cLine);
        }

        private Left left(boolean lines, boolean pieces) {
            boolean byRows = a[column] == 1 || sizes[column] == 1;
            if (!byRows && a[row] != 1 && sizes[row] != 1) {
                throw new IllegalStateException(
                        "plan: neither rows nor columns of a product's operand lie side by side: " + step.origin());
            }
            return new Left(!byRows, bytes * a[byRows ? row : column], pieces ? sizes[column - 1] : 1, sizes[column],
                    pieces ? bytes * a[column - 1] : 0, lines ? sizes[row - 1] : 1, lines ? bytes * a[row - 1] : 0);
        }

        /** The address of a view's element at each place of some axes, and at the first of all others. */
        private long[] places(int[] axes, View view, long[] strides) {
            int[] domain = Arrays.stream(axes).map(axis -> sizes[axis]).toArray();
            long first = addresses.of(view);
            return LongStream.range(0, Shape.of(domain).count()).map(number -> {
                long place = first;
                for (int i = axes.length - 1; i >= 0; i--) {
                    place += number % domain[i] * strides[axes[i]] * bytes;
                    number /= domain[i];
                }
                return place;
            }).toArray();
        }
    }
}
