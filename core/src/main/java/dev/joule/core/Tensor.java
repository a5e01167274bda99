package dev.joule.core;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntToDoubleFunction;

import dev.joule.core.memory.Buffer;

/**
 * An array: a type, a shape, and its elements in row-major order without gaps. They are in host memory; while programs on a GPU use them
 * there is a copy in its memory, and each side gets the newer elements when it needs them. A tensor lives until it is closed; reading it
 * later is an exception, and closing it while a program or another thread uses it frees it when they have ended.
 */
public final class Tensor implements AutoCloseable {
    private final DType dtype;
    private final Shape shape;
    private final Buffer buffer;

    private Tensor(DType dtype, Shape shape) {
        this.dtype = dtype;
        this.shape = shape;
        this.buffer = Buffer.allocate(Math.multiplyExact(shape.count(), (long) dtype.bytes()));
    }

    /** A tensor of zeros. */
    public static Tensor zeros(DType dtype, Shape shape) {
        return new Tensor(dtype, shape);
    }

    public static Tensor of(DType dtype, Shape shape, double... values) {
        return filled(new Tensor(dtype, shape), tensor -> tensor.set(values));
    }

    /** @param values of 0, 1, … in row-major order */
    public static Tensor of(DType dtype, Shape shape, IntToDoubleFunction values) {
        return filled(new Tensor(dtype, shape), tensor -> tensor.set(values));
    }

    private static Tensor filled(Tensor tensor, Consumer<Tensor> filling) {
        try {
            filling.accept(tensor);
            return tensor;
        } catch (RuntimeException e) {
            tensor.close();
            throw e;
        }
    }

    public DType dtype() {
        return dtype;
    }

    public Shape shape() {
        return shape;
    }

    public Buffer buffer() {
        return buffer;
    }

    /** The element at a row-major position, as a double. */
    public double get(long index) {
        Objects.checkIndex(index, shape.count());
        return buffer.read(memory -> get(memory, dtype, index));
    }

    public void set(long index, double value) {
        Objects.checkIndex(index, shape.count());
        buffer.write(memory -> set(memory, dtype, index, value));
    }

    /** All elements in row-major order, as doubles. */
    public double[] toArray() {
        double[] values = new double[Math.toIntExact(shape.count())];
        return buffer.read(memory -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = get(memory, dtype, i);
            }
            return values;
        });
    }

    /** Replaces all elements, in row-major order. */
    public void set(double... values) {
        if (values.length != shape.count()) {
            throw new IllegalArgumentException(
                    "tensor: " + values.length + " values for shape " + shape + " of " + shape.count());
        }
        buffer.write(memory -> {   // a loop for many functions would take ten times as long
            for (int i = 0; i < values.length; i++) {
                set(memory, dtype, i, values[i]);
            }
        });
    }

    private void set(IntToDoubleFunction values) {
        int count = Math.toIntExact(shape.count());
        buffer.write(memory -> {
            for (int i = 0; i < count; i++) {
                set(memory, dtype, i, values.applyAsDouble(i));
            }
        });
    }

    /** Copies the elements of another tensor of the same type and shape. */
    public void set(Tensor other) {
        if (other.dtype != dtype || !other.shape.equals(shape)) {
            throw new IllegalArgumentException("tensor: cannot copy " + other + " into " + this);
        }
        buffer.write(to -> other.buffer.read(to::copyFrom));
    }

    @Override
    public void close() {
        buffer.close();
    }

    @Override
    public String toString() {
        return dtype + shape.toString();
    }

    /** Reads element {@code index} of memory that holds elements of a type. */
    public static double get(MemorySegment memory, DType dtype, long index) {
        return switch (dtype) {
            case FLOAT32 -> memory.getAtIndex(JAVA_FLOAT, index);
            case FLOAT64 -> memory.getAtIndex(JAVA_DOUBLE, index);
            case INT32 -> memory.getAtIndex(JAVA_INT, index);
        };
    }

    /** Writes element {@code index} of memory that holds elements of a type. */
    public static void set(MemorySegment memory, DType dtype, long index, double value) {
        switch (dtype) {
            case FLOAT32 -> memory.setAtIndex(JAVA_FLOAT, index, (float) value);
            case FLOAT64 -> memory.setAtIndex(JAVA_DOUBLE, index, value);
            case INT32 -> memory.setAtIndex(JAVA_INT, index, (int) value);
        }
    }
}
