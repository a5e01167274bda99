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
        if (!(rate > 0)) {
            throw new IllegalArgumentException("learning rate " + rate + " is not positive");
        }
        return _ -> constant(FLOAT64, rate);
    }

    /** Multiplied by {@code factor} after each {@code every} steps. */
    static Schedule stepwise(double rate, double factor, long every) {
        return step -> constant(FLOAT64, factor).pow(floor(step.div(every))).mul(rate);
    }

    /** Half a cosine from {@code rate} down to 0 over {@code steps} steps (Loshchilov and Hutter 2017). */
    static Schedule cosine(double rate, long steps) {
        return step -> cos(clamp(step.div(steps), 0, 1).mul(Math.PI)).add(1).mul(rate / 2);
    }

    /** This schedule, growing linearly from 0 over the first {@code steps} steps. */
    default Schedule warmup(long steps) {
        return step -> at(step).mul(min(step.add(1).div(steps), 1));
    }
}
