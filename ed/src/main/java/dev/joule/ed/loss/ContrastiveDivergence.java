package dev.joule.ed.loss;

import static dev.joule.autodiff.Functions.square;

import dev.joule.autodiff.Expr;
import dev.joule.ed.Energy;
import dev.joule.ed.Loss;
import dev.joule.ed.sampler.Langevin;

/**
 * Contrastive divergence (Hinton 2002): E[U(x₊)] - E[U(x₋)], where x₋ is a short Langevin chain that starts at the data x₊ and is not
 * differentiated, plus the authors' regulariser α E[U(x₊)² + U(x₋)²].
 */
public record ContrastiveDivergence(Langevin chain, double regulariser) implements Loss {
    public ContrastiveDivergence {
        if (!(regulariser >= 0)) {
            throw new IllegalArgumentException(
                    "contrastive divergence: the regulariser is " + regulariser + ", and must not be negative");
        }
    }

    /** The authors' 25-Gaussians notebook: 10 steps of x += .005 ∇log p + .1 ξ, regulariser .3. */
    public static ContrastiveDivergence notebook() {
        return new ContrastiveDivergence(new Langevin(10, 0.005, 0.1), 0.3);
    }

    @Override
    public Expr of(Energy energy, Expr x) {
        Energy u = energy.checked(x.rank() - 1);
        Expr plus = u.at(x), minus = u.at(chain.from(energy, x));
        Expr contrast = plus.sub(minus).mean();
        return regulariser == 0 ? contrast : contrast.add(square(plus).add(square(minus)).mean().mul(regulariser));
    }
}
