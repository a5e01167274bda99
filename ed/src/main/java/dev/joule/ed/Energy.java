package dev.joule.ed;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.nn.Mlp;

/** An energy U: samples [*, d] to [*]. Its density is p_U(x) = e^(-U(x)) / Z; whatever axes come first are batch axes. */
@FunctionalInterface
public interface Energy {
    Expr at(Expr x);

    /** A network with one output, whose last axis is dropped. */
    static Energy of(Mlp net) {
        return x -> net.at(x).squeeze(-1);
    }
}
