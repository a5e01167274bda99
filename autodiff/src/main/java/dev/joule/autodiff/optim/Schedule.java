package dev.joule.autodiff.optim;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Functions.clamp;
import static dev.joule.autodiff.Functions.cos;
import static dev.joule.autodiff.Functions.floor;
import static dev.joule.autodiff.Functions.min;
import static dev.joule.core.DType.FLOAT64;

import dev.joule.autodiff.Expr;

/** A learning rate by the number of steps that have been made: a float64 scalar of a float64 scalar. */
@FunctionalInterface
public interface Schedule {
    Expr at(Expr step);

    static Schedule constantly(double rate) {
        positive("learning rate", rate);
        return _ -> constant(FLOAT64, rate);
    }

    /** Multiplied by {@code factor} after each {@code every} steps. */
    static Schedule stepwise(double rate, double factor, long every) {
        positive("learning rate", rate);
        positive("factor", factor);
        positive("number of steps", every);
        return step -> constant(FLOAT64, factor).pow(floor(step.div(every))).mul(rate);
    }

    /** Half a cosine from {@code rate} down to 0 over {@code steps} steps (Loshchilov and Hutter 2017). */
    static Schedule cosine(double rate, long steps) {
        positive("learning rate", rate);
        positive("number of steps", steps);
        return step -> cos(clamp(step.div(steps), 0, 1).mul(Math.PI)).add(1).mul(rate / 2);
    }

    /** This schedule, growing linearly from 0 over the first {@code steps} steps. */
    default Schedule warmup(long steps) {
        positive("number of steps", steps);
        return step -> at(step).mul(min(step.add(1).div(steps), 1));
    }

    private static void positive(String what, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("schedule: the " + what + " is " + value + ", and must be positive");
        }
    }
}
