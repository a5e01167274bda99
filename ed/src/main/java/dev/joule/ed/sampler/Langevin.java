package dev.joule.ed.sampler;

import static dev.joule.autodiff.Gradient.gradient;
import static dev.joule.autodiff.Noise.normal;

import dev.joule.autodiff.Expr;
import dev.joule.ed.Energy;

/**
 * Unadjusted Langevin dynamics: x ← x - ε ∇U(x) + σ ξ. With σ = √(2ε) its equilibrium is near p_U.
 *
 * @param steps how many, unrolled in the expression
 * @param stepSize ε
 * @param noise σ
 */
public record Langevin(int steps, double stepSize, double noise) {
    public Langevin {
        if (steps < 0) {
            throw new IllegalArgumentException("langevin: " + steps + " steps");
        }
    }

    /** The end of a chain that starts at x [n, d]; derivatives do not see the chain. */
    public Expr from(Energy energy, Expr x) {
        Expr y = x.detach();
        for (int step = 0; step < steps; step++) {
            Expr force = gradient(energy.at(y).sum(), y);
            y = y.sub(force.mul(stepSize)).add(normal(y.shape()).mul(noise)).detach();
        }
        return y;
    }
}
