package dev.joule.core;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The sizes of an array's axes, outermost first. A scalar has none. Immutable. */
public final class Shape {
    public static final Shape SCALAR = new Shape();

    private final int[] sizes;
    private final long count;

    private Shape(int... sizes) {
        this.sizes = sizes;
        long product = 1;
        for (int size : sizes) {
            if (size < 0) {
                throw new IllegalArgumentException("shape: negative size in " + Arrays.toString(sizes));
            }
            if (size > 0 && product > Long.MAX_VALUE / size) {
                throw new IllegalArgumentException("shape: " + Arrays.toString(sizes) + " has too many elements to count them");
            }
            product *= size;
        }
        this.count = product;
    }

    public static Shape of(int... sizes) {
        return sizes.length == 0 && SCALAR != null ? SCALAR : new Shape(sizes.clone());
    }

    public int rank() {
        return sizes.length;
    }

    /** Number of elements: the product of the sizes, 1 for a scalar. */
    public long count() {
        return count;
    }

    /** Size of an axis; a negative axis counts from the end. */
    public int size(int axis) {
        return sizes[axis(axis)];
    }

    /** The same axis counted from the front. */
    public int axis(int axis) {
        int fromFront = axis < 0 ? axis + sizes.length : axis;
        if (fromFront < 0 || fromFront >= sizes.length) {
            throw new IllegalArgumentException("axis " + axis + " is outside of " + this + ", which has " + rank() + " axes");
        }
        return fromFront;
    }

    public int[] toArray() {
        return sizes.clone();
    }

    /** Elements to skip for one step along each axis in row-major order. */
    public long[] strides() {
        long[] strides = new long[sizes.length];
        long step = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            strides[axis] = step;
            step *= sizes[axis];
        }
        return strides;
    }

    /** This shape with another size in one place. */
    public Shape with(int axis, int size) {
        int[] changed = sizes.clone();
        changed[axis(axis)] = size;
        return new Shape(changed);
    }

    /** This shape with one more axis before {@code axis}, which may be the rank itself. */
    public Shape insert(int axis, int size) {
        int[] longer = new int[sizes.length + 1];
        System.arraycopy(sizes, 0, longer, 0, axis);
        longer[axis] = size;
        System.arraycopy(sizes, axis, longer, axis + 1, sizes.length - axis);
        return new Shape(longer);
    }

    /** This shape without the axes for which {@code dropped} is true. */
    public Shape without(boolean[] dropped) {
        return new Shape(IntStream.range(0, sizes.length).filter(axis -> !dropped[axis]).map(axis -> sizes[axis]).toArray());
    }

    /** Axes {@code from} (inclusive) to {@code to} (exclusive). */
    public Shape slice(int from, int to) {
        return Shape.of(Arrays.copyOfRange(sizes, from, to));
    }

    /** The axes of this shape, then those of the other. */
    public Shape concat(Shape other) {
        return new Shape(IntStream.concat(Arrays.stream(sizes), Arrays.stream(other.sizes)).toArray());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape that && Arrays.equals(sizes, that.sizes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sizes);
    }

    @Override
    public String toString() {
        return Arrays.stream(sizes).mapToObj(Integer::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
