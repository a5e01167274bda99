package dev.joule.autodiff.optim;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Functions.max;
import static dev.joule.autodiff.Functions.sqrt;

import java.util.List;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Update;

/** An optimiser that first scales all gradients so that their common norm is at most {@code norm} (Pascanu et al. 2013). */
public record Clip(Optimiser optimiser, double norm) implements Optimiser {
    public Clip {
        if (!(norm > 0 && norm < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("clip: the norm is " + norm + ", and must be positive");
        }
    }

    @Override
    public List<Update> updates(List<Expr> parameters, List<Expr> gradients) {
        Expr length = sqrt(gradients.stream().map(g -> g.mul(g).sum()).reduce(Expr::add).orElse(constant(0)));
        Expr scale = constant(length.dtype(), norm).div(max(length, norm));   // min(1, norm / length)
        return optimiser.updates(parameters, gradients.stream().map(g -> g.mul(scale)).toList());
    }
}
