package dev.joule.ed.sampler;

import static dev.joule.autodiff.Gradient.gradient;
import static dev.joule.autodiff.Noise.normal;

import java.util.function.UnaryOperator;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Origin;
import dev.joule.ed.Energy;

/**
 * Unadjusted Langevin dynamics: x ← x - ε ∇U(x) + σ ξ. With σ = √(2ε) its equilibrium is near p_U.
 *
 * <p>A chain within a loss is short, and part of the loss's program. A long one is a program of a step of it, on a variable:
 *
 * <pre>{@code
 * Expr state = variable("chain", start);   // [n, d]
 * Update step = new Update(state, new Langevin(1, 0.005, 0.1).from(energy, state));
 * try (Program chain = Program.compile(store, List.of(), List.of(step))) {
 *     chain.run(500);
 * }
 * double[] samples = store.get(state);
 * }</pre>
 *
 * Chains that go on from one training step to the next (persistent contrastive divergence, Tieleman 2008) live in a buffer, of which each step
 * moves some:
 *
 * <pre>{@code
 * Expr buffer = variable("buffer", uniform(10_000, 2)), places = randint(10_000, 128);
 * Expr ends = new Langevin(10, 0.005, 0.1).from(energy, buffer.rows(places));
 * Expr loss = energy.at(data).mean().sub(energy.at(ends).mean());
 * List<Update> updates = new ArrayList<>(Adam.of(1e-3).minimise(loss, net.parameters()));
 * updates.add(new Update(buffer, buffer.withRows(places, ends)));
 * }</pre>
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
        if (!(stepSize > 0 && stepSize < Double.POSITIVE_INFINITY && noise >= 0 && noise < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("langevin: the step size is " + stepSize + " and the noise " + noise
                    + "; the one must be positive, the other not negative");
        }
    }

    /** The end of a chain that starts at x [n, d], or images [n, h, w, c]; derivatives do not see the chain. */
    public Expr from(Energy energy, Expr x) {
        return from(energy, x, y -> y);
    }

    /** @param then done to all samples after each step: {@code y -> clamp(y, 0, 1)} keeps images in their range */
    public Expr from(Energy energy, Expr x, UnaryOperator<Expr> then) {
        Energy u = energy.checked();
        Expr y = x.detach();
        for (int step = 0; step < steps; step++) {
            Expr force = gradient(u.at(y).sum(), y);
            Expr moved = y.sub(force.mul(stepSize));
            y = then.apply(noise == 0 ? moved : moved.add(normal(y.shape()).mul(noise))).detach();
            if (!y.shape().equals(x.shape())) {
                throw Origin.error("langevin: what is done after each step makes " + y.shape() + " of samples " + x.shape());
            }
        }
        return y;
    }
}
