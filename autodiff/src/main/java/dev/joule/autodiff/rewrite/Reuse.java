package dev.joule.autodiff.rewrite;

import static dev.joule.autodiff.Functions.exp;
import static dev.joule.autodiff.Functions.saturation;
import static dev.joule.autodiff.Functions.where;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Unary;

/**
 * Rules that make use of what the program computes anyway: they look at all of its nodes. Both find an activation's derivative in its
 * value, so that the argument need not be kept for the way back.
 */
public final class Reuse {
    private final Set<Expr> nodes;
    private final Map<Expr, Expr> leaky = new HashMap<>();   // 0 < x → where(0 < x, x, k x)

    private Reuse(Set<Expr> nodes) {
        this.nodes = nodes;
        nodes.stream().filter(Reuse::isLeaky).forEach(h -> leaky.put(h.input(0), h));
    }

    public static List<Rule> rules(Set<Expr> nodes) {
        Reuse reuse = new Reuse(nodes);
        return List.of(
                new Rule("sigmoid-of-softplus", "σ(x) → 1 - e^-s, σ(-x) → e^-s where s = softplus(x) is at hand", reuse::sigmoid),
                new Rule("sign-of-leaky", "where(0 < x, …) → where(0 < h, …) where h = where(0 < x, x, k x), k ≥ 0, is at hand",
                        reuse::sign));
    }

    /** With s = log(1 + e^x): e^-s = 1/(1 + e^x) = σ(-x). */
    private Optional<Expr> sigmoid(Expr y) {
        if (!(y.op() instanceof Op.Map(Unary f) && f == Unary.SIGMOID)) {
            return Optional.empty();
        }
        Expr x = y.input(0), s = softplus(x);
        if (nodes.contains(s)) {
            return Optional.of(saturation(s));
        }
        if (x.op() instanceof Op.Map(Unary g) && g == Unary.NEG && nodes.contains(softplus(x.input(0)))) {
            return Optional.of(exp(softplus(x.input(0)).neg()));
        }
        return Optional.empty();
    }

    private static Expr softplus(Expr x) {
        return Expr.of(new Op.Map(Unary.SOFTPLUS), x);
    }

    private Optional<Expr> sign(Expr y) {
        Expr h = y.op() instanceof Op.Select ? leaky.get(y.input(0)) : null;
        if (h == null || isLeaky(y)) {
            return Optional.empty();
        }
        return Optional.of(where(Expr.of(new Op.Zip(Binary.LESS), y.input(0).input(0), h), y.input(1), y.input(2)));
    }

    /** Whether y is where(0 < x, x, k x) with k ≥ 0. Of integers k x may wrap around to another sign. */
    private static boolean isLeaky(Expr y) {
        if (!(y.dtype().isReal() && y.op() instanceof Op.Select && y.input(0).op() instanceof Op.Zip(Binary f)
                && f == Binary.LESS)) {
            return false;
        }
        Expr zero = y.input(0).input(0), x = y.input(0).input(1), otherwise = y.input(2);
        return Algebra.is(zero, 0) && y.input(1).equals(x) && (Algebra.is(otherwise, 0) || isPositiveMultiple(otherwise, x));
    }

    private static boolean isPositiveMultiple(Expr y, Expr x) {
        return y.op() instanceof Op.Zip(Binary f) && f == Binary.MUL
                && (y.input(0).equals(x) && Algebra.number(y.input(1)).orElse(-1) >= 0
                        || y.input(1).equals(x) && Algebra.number(y.input(0)).orElse(-1) >= 0);
    }
}
