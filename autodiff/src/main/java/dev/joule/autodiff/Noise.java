package dev.joule.autodiff;

import static dev.joule.core.DType.FLOAT32;
import static dev.joule.core.DType.INT32;

import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.scalar.Draw;

/**
 * Random arrays. Each call is an array of its own; its elements are drawn anew in every run of a program, from the program's
 * seed (Philox, so that a run repeats to the bit). Two programs have two seeds, so the same expression has other numbers in each: what is to be
 * computed with the same noise, such as a loss and its gradient, are outputs of one program. Float32; in float64 expressions the same numbers are promoted.
 */
public final class Noise {
    private Noise() {
    }

    /** Standard normal. */
    public static Expr normal(int... sizes) {
        return normal(Expr.checked("normal", sizes));
    }

    public static Expr normal(Shape shape) {
        return draw(new Draw.Normal(), FLOAT32, shape);
    }

    /** Uniform on [0, 1). */
    public static Expr uniform(int... sizes) {
        return uniform(Expr.checked("uniform", sizes));
    }

    public static Expr uniform(Shape shape) {
        return draw(new Draw.Uniform(), FLOAT32, shape);
    }

    /** 1 with probability {@code p}, else 0. */
    public static Expr bernoulli(double p, int... sizes) {
        return bernoulli(p, Expr.checked("bernoulli", sizes));
    }

    public static Expr bernoulli(double p, Shape shape) {
        if (!(p >= 0 && p <= 1)) {
            throw Origin.error("bernoulli: p = " + p + " is no probability");
        }
        return uniform(shape).less(p);
    }

    /** int32, uniform on 0 … bound - 1. */
    public static Expr randint(int bound, int... sizes) {
        return randint(bound, Expr.checked("randint", sizes));
    }

    public static Expr randint(int bound, Shape shape) {
        if (bound < 1) {
            throw Origin.error("randint: bound " + bound + " is not positive");
        }
        return draw(new Draw.Integers(bound), INT32, shape);
    }

    private static Expr draw(Draw draw, DType dtype, Shape shape) {
        return Expr.of(new Op.Random(new Op.Stream(draw, dtype, shape)));
    }
}
