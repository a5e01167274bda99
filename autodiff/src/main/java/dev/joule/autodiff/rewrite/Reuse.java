package dev.joule.autodiff.rewrite;

import static dev.joule.autodiff.Functions.exp;
import static dev.joule.autodiff.Functions.expm1;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.scalar.Unary;

/** Rules that make use of what the program computes anyway: they look at all of its nodes. */
public final class Reuse {
    private final Set<Expr> nodes;

    private Reuse(Set<Expr> nodes) {
        this.nodes = nodes;
    }

    public static List<Rule> rules(Set<Expr> nodes) {
        Reuse reuse = new Reuse(nodes);
        return List.of(new Rule("sigmoid-of-softplus", "σ(x) → 1 - e^-s, σ(-x) → e^-s where s = softplus(x) is at hand",
                reuse::sigmoid));
    }

    /** With s = log(1 + e^x): e^-s = 1/(1 + e^x) = σ(-x). So x itself need not be kept for the way back. */
    private Optional<Expr> sigmoid(Expr y) {
        if (!(y.op() instanceof Op.Map(Unary f) && f == Unary.SIGMOID)) {
            return Optional.empty();
        }
        Expr x = y.input(0), s = softplus(x);
        if (nodes.contains(s)) {
            return Optional.of(expm1(s.neg()).neg());
        }
        if (x.op() instanceof Op.Map(Unary g) && g == Unary.NEG && nodes.contains(softplus(x.input(0)))) {
            return Optional.of(exp(softplus(x.input(0)).neg()));
        }
        return Optional.empty();
    }

    private static Expr softplus(Expr x) {
        return Expr.of(new Op.Map(Unary.SOFTPLUS), x);
    }
}
