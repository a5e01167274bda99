package dev.joule.ed.loss;

import static dev.joule.autodiff.Functions.abs;
import static dev.joule.autodiff.Noise.bernoulli;
import static dev.joule.autodiff.Noise.normal;

import dev.joule.autodiff.Expr;

/**
 * A random change q(y|x) of samples, drawn anew for each: x [*, d] to y [*, d]. It is as likely as its opposite, q(y|x) = q(x|y): the same
 * change also draws what a perturbed sample may have been.
 */
@FunctionalInterface
public interface Perturbation {
    Expr of(Expr x);

    /** y = x + √t ξ, ξ standard normal. @param t the variance, positive */
    record Gaussian(double t) implements Perturbation {
        public Gaussian {
            if (!(t > 0 && t < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("energy discrepancy: the variance t is " + t + ", and must be positive");
            }
        }

        @Override
        public Expr of(Expr x) {
            return x.add(normal(x.shape()).mul(Math.sqrt(t)));
        }
    }

    /** Each entry of x, 0 or 1, becomes the other with a probability between 0 and 1. */
    record Flips(double probability) implements Perturbation {
        public Flips {
            if (!(probability > 0 && probability < 1)) {
                throw new IllegalArgumentException(
                        "energy discrepancy: entries flip with probability " + probability + ", which must be between 0 and 1");
            }
        }

        @Override
        public Expr of(Expr x) {
            return abs(x.sub(bernoulli(probability, x.shape())));
        }
    }
}
