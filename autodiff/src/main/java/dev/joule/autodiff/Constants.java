package dev.joule.autodiff;

import static dev.joule.core.DType.FLOAT32;
import static dev.joule.core.DType.INT32;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

import dev.joule.core.DType;
import dev.joule.core.Shape;

/** Expressions that need no others: numbers, arrays from the host, and variables. Float32 unless a type is given. */
public final class Constants {
    private Constants() {
    }

    /** One number, repeated to a shape. */
    public static Expr constant(double value, int... sizes) {
        return constant(FLOAT32, value, sizes);
    }

    public static Expr constant(DType dtype, double value, int... sizes) {
        requireIntegers("constant", dtype, value);
        return Expr.of(new Op.Constant(dtype, value)).broadcast(sizes);
    }

    public static Expr zeros(Shape shape) {
        return constant(0, shape.toArray());
    }

    public static Expr ones(Shape shape) {
        return constant(1, shape.toArray());
    }

    /** Values of one axis. */
    public static Expr array(double... values) {
        return array(FLOAT32, Shape.of(values.length), values);
    }

    /** Rows of equal length. */
    public static Expr array(double[][] rows) {
        int width = rows.length == 0 ? 0 : rows[0].length;
        for (double[] row : rows) {
            if (row.length != width) {
                throw Origin.error("array: rows of " + width + " and of " + row.length + " values");
            }
        }
        return array(FLOAT32, Shape.of(rows.length, width), Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray());
    }

    /** Values in row-major order. */
    public static Expr array(DType dtype, Shape shape, double... values) {
        if (values.length != shape.count()) {
            throw Origin.error("array: " + values.length + " values for shape " + shape);
        }
        double[] copy = values.clone();
        return array(dtype, shape, i -> copy[i]);
    }

    /**
     * Values that the host has in another form, as the bytes of images, of which a {@code double[]} would take eight times the memory.
     *
     * @param values of 0, 1, … in row-major order, asked for when a program is made that reads them: the same each time
     */
    public static Expr array(DType dtype, Shape shape, IntToDoubleFunction values) {
        if (shape.count() > Integer.MAX_VALUE) {
            throw Origin.error("array: the host counts to 2^31, and " + shape + " has " + shape.count() + " elements");
        }
        for (int i = 0; dtype == INT32 && i < shape.count(); i++) {
            requireIntegers("array", dtype, values.applyAsDouble(i));
        }
        return Expr.of(new Op.Data(new Op.Array(dtype, shape, values)));
    }

    static void requireIntegers(String name, DType dtype, double... values) {
        for (double value : values) {
            if (dtype == INT32 && value != (int) value) {
                throw Origin.error(name + ": " + value + " is not an int32");
            }
        }
    }

    /** 0, 1, … n - 1 as int32. */
    public static Expr range(int n) {
        Expr.checked("range", n);
        return Expr.of(new Op.Range(n));
    }

    /** The identity matrix [n, n]. */
    public static Expr eye(int n) {
        return range(n).expandDims(1).equal(range(n)).cast(FLOAT32);
    }

    /**
     * A variable: a value that lives on the device between runs, and that a program may update. Its first value is that of an
     * expression, which gives it its type and shape too.
     */
    public static Expr variable(String name, Expr initial) {
        return Expr.of(new Op.Variable(new Op.Slot(name, initial)));
    }
}
