package dev.joule.autodiff;

import java.util.Locale;

import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.Shape;

/** Computes an expression once, for a quick look. */
public final class Eval {
    /** The values of an expression, in row-major order; prints as nested rows. */
    public record Values(DType dtype, Shape shape, double[] values) {
        /** The only value. */
        public double scalar() {
            if (values.length != 1) {
                throw new IllegalStateException("scalar: there are " + values.length + " values, of shape " + shape);
            }
            return values[0];
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            print(text, 0, 0, values.length);
            return text.toString();
        }

        private void print(StringBuilder text, int axis, int from, int to) {
            if (axis == shape.rank()) {
                text.append(
                        dtype.isReal() ? String.format(Locale.ROOT, "%.6g", values[from]) : Long.toString((long) values[from]));
                return;
            }
            text.append('[');
            for (int i = 0, n = shape.size(axis); i < n; i++) {
                int step = (to - from) / n;
                text.append(i == 0 ? "" : axis == shape.rank() - 1 ? ", " : ",\n" + " ".repeat(axis + 1));
                print(text, axis + 1, from + i * step, from + (i + 1) * step);
            }
            text.append(']');
        }
    }

    private Eval() {
    }

    /** On the CPU, with seed 0 and the variables' first values. */
    public static Values eval(Expr expr) {
        return eval(expr, Devices.cpu(), 0);
    }

    public static Values eval(Expr expr, Device device, long seed) {
        try (Store store = new Store(device, seed)) {
            return eval(expr, store);
        }
    }

    /**
     * With the values that variables have in a store, as those of a network that has been trained. It is one of the store's programs, which have
     * their seeds by their turn: those that are compiled later draw other noise than without it.
     */
    public static Values eval(Expr expr, Store store) {
        try (Program program = Program.compile(store, expr)) {
            program.run();
            return new Values(expr.dtype(), expr.shape(), program.values(expr));
        }
    }
}
