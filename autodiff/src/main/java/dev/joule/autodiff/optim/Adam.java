package dev.joule.autodiff.optim;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Constants.zeros;
import static dev.joule.autodiff.Functions.rsqrt;
import static dev.joule.autodiff.Functions.sqrt;
import static dev.joule.core.DType.FLOAT64;

import java.util.ArrayList;
import java.util.List;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Update;

/**
 * Adam (Kingma and Ba 2015), and AdamW (Loshchilov and Hutter 2019) with a weight decay λ:
 *
 * <pre>
 * m ← β₁ m + (1-β₁) g        v ← β₂ v + (1-β₂) g²
 * θ ← θ - η (m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε) + λ θ)
 * </pre>
 */
public record Adam(Schedule rate, double beta1, double beta2, double epsilon, double weightDecay) implements Optimiser {
    public Adam {
        if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
            throw new IllegalArgumentException("adam: betas " + beta1 + ", " + beta2 + " are not in [0, 1)");
        }
        if (!(epsilon >= 0 && weightDecay >= 0)) {
            throw new IllegalArgumentException("adam: epsilon " + epsilon + " or weight decay " + weightDecay + " is negative");
        }
    }

    /** The paper's β₁ = .9, β₂ = .999, ε = 1e-8. */
    public static Adam of(double rate) {
        return of(Schedule.constantly(rate));
    }

    public static Adam of(Schedule rate) {
        return new Adam(rate, 0.9, 0.999, 1e-8, 0);
    }

    public Adam withBetas(double beta1, double beta2) {
        return new Adam(rate, beta1, beta2, epsilon, weightDecay);
    }

    /** AdamW: decay apart from the gradient. */
    public Adam withWeightDecay(double weightDecay) {
        return new Adam(rate, beta1, beta2, epsilon, weightDecay);
    }

    @Override
    public List<Update> updates(List<Expr> parameters, List<Expr> gradients) {
        Gradients.require("adam", parameters, gradients);
        List<Update> updates = new ArrayList<>();
        Expr step = variable("adam.step", constant(FLOAT64, 0)), t = step.add(1);
        updates.add(new Update(step, t));
        // the bias corrections are scalars, and the step's only float64 work
        Expr eta = rate.at(step).div(unbiased(beta1, t));
        Expr root = rsqrt(unbiased(beta2, t));
        for (int i = 0; i < parameters.size(); i++) {
            Expr theta = parameters.get(i), g = gradients.get(i);
            Expr zero = zeros(theta.shape()).cast(theta.dtype());
            Expr m0 = variable("adam.m." + Names.of(theta), zero), v0 = variable("adam.v." + Names.of(theta), zero);
            Expr m = m0.mul(beta1).add(g.mul(1 - beta1));
            Expr v = v0.mul(beta2).add(g.mul(g).mul(1 - beta2));
            Expr change = m.mul(eta.cast(theta.dtype())).div(sqrt(v).mul(root.cast(theta.dtype())).add(epsilon));
            Expr decayed = weightDecay == 0 ? theta : theta.sub(theta.mul(rate.at(step).mul(weightDecay).cast(theta.dtype())));
            updates.add(new Update(m0, m));
            updates.add(new Update(v0, v));
            updates.add(new Update(theta, decayed.sub(change)));
        }
        return updates;
    }

    /** 1 - βᵗ. */
    private static Expr unbiased(double beta, Expr t) {
        return constant(FLOAT64, 1).sub(constant(FLOAT64, beta).pow(t));
    }
}
