package dev.joule.autodiff.nn;

import static dev.joule.autodiff.Constants.variable;

import java.util.List;

import dev.joule.autodiff.Expr;

/**
 * An affine map of the last axis: x W + b.
 *
 * @param weights [in, out]
 * @param biases [out]
 */
public record Linear(Expr weights, Expr biases) implements Layer {

    /** @param name the prefix of the variables' names: {@code name.weights}, {@code name.biases} */
    public static Linear of(String name, int in, int out, Initialiser initialiser) {
        return new Linear(variable(name + ".weights", initialiser.weights(in, out)),
                variable(name + ".biases", initialiser.biases(in, out)));
    }

    /** [*, in] to [*, out]; a single sample, [in], to [out]. */
    @Override
    public Expr at(Expr x) {
        if (x.rank() == 1) {
            return at(x.reshape(1, x.size(0))).squeeze(0);
        }
        return x.matmul(weights).add(biases);
    }

    @Override
    public List<Expr> parameters() {
        return List.of(weights, biases);
    }
}
