package dev.joule.ed;

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
