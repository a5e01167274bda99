package dev.joule.ed;

import static dev.joule.autodiff.Functions.square;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Origin;
import dev.joule.autodiff.nn.Mlp;

/** An energy U: samples [*, d] to [*]. Its density is p_U(x) = e^(-U(x)) / Z; whatever axes come first are batch axes. */
@FunctionalInterface
public interface Energy {
    Expr at(Expr x);

    /** A network with one output, whose last axis is dropped. */
    static Energy of(Mlp net) {
        return x -> net.at(x).squeeze(-1);
    }

    /** |x|² / 2σ², that of a normal distribution around 0. @param variance σ², positive */
    static Energy gaussian(double variance) {
        if (!(variance > 0)) {
            throw new IllegalArgumentException("gaussian energy: the variance is " + variance + ", and must be positive");
        }
        return x -> square(x).sum(-1).mul(0.5 / variance);
    }

    /** The sum of both: its density is the product of theirs. */
    default Energy add(Energy other) {
        Energy one = checked(), two = other.checked();
        return x -> one.at(x).add(two.at(x));
    }

    /** This energy, which says so where it does not map [*, d] to [*]: a shape [*, 1] would broadcast to what nobody meant. */
    default Energy checked() {
        return x -> {
            Expr u = at(x);
            if (x.rank() == 0 || !u.shape().equals(x.shape().slice(0, x.rank() - 1))) {
                throw Origin.error("energy: maps samples " + x.shape() + " to " + u.shape() + ", and must map [*, d] to [*]");
            }
            return u;
        };
    }
}
