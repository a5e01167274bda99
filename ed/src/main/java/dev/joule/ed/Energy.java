package dev.joule.ed;

import static dev.joule.autodiff.Functions.square;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Origin;
import dev.joule.autodiff.nn.Layer;

/**
 * An energy U: samples [*, d] to [*], or images [*, h, w, c] to [*]. Its density is p_U(x) = e^(-U(x)) / Z; whatever axes come first are batch
 * axes.
 */
@FunctionalInterface
public interface Energy {
    Expr at(Expr x);

    /** A network with one output, whose last axis is dropped. */
    static Energy of(Layer net) {
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
        return x -> {
            Expr one = at(x), two = other.at(x);
            if (!one.shape().equals(two.shape())) {
                throw Origin.error(
                        "energy: one part maps samples " + x.shape() + " to " + one.shape() + ", the other to " + two.shape());
            }
            return one.add(two);
        };
    }

    /** This energy, which says so where it does not map [*, …] to [*]: a shape [*, 1] would broadcast to what nobody meant. */
    default Energy checked() {
        return x -> {
            Expr u = at(x);
            int batch = u.rank();
            if (batch >= x.rank() || !u.shape().equals(x.shape().slice(0, batch))) {
                throw Origin.error("energy: maps samples " + x.shape() + " to " + u.shape() + ", and must map [*, d] to [*]");
            }
            return u;
        };
    }

    /** The same for samples of which it is known how many axes each has. */
    default Energy checked(int axes) {
        return x -> {
            Expr u = checked().at(x);
            if (u.rank() != x.rank() - axes) {
                throw Origin.error("energy: maps samples " + x.shape() + " to " + u.shape() + ", and must map them to "
                        + x.shape().slice(0, x.rank() - axes));
            }
            return u;
        };
    }
}
