package dev.joule.autodiff.rewrite;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;

/**
 * An array as a product of arrays of its own shape, element by element.
 *
 * @param parts what no row is multiplied with as a whole; one at least
 * @param factors each the same for all elements of a row, that is, along the last axis
 */
record Factored(List<Expr> parts, List<Expr> factors) {
    static Factored whole(Expr x) {
        return new Factored(List.of(x), List.of());
    }

    Factored times(Expr factor) {
        return new Factored(parts, joined(factors, List.of(factor)));
    }

    Factored with(Expr rest) {
        return new Factored(List.of(rest), factors);
    }

    Expr rest() {
        return parts.stream().reduce(Factored::times).orElseThrow();
    }

    Expr value() {
        return without(List.of());
    }

    /** The value, but for some of its factors, each as often as it is named. */
    Expr without(List<Expr> taken) {
        List<Expr> left = new ArrayList<>(factors);
        taken.forEach(left::remove);
        return left.stream().reduce(rest(), Factored::times);
    }

    /** The form that {@link Repetition} gives it. */
    private static Expr times(Expr x, Expr factor) {
        return x.op() instanceof Op.Broadcast && Factors.isNumber(factor)
                ? Expr.of(x.op(), times(x.input(0), Factors.along(factor, x.input(0)))) : x.mul(factor);
    }

    static List<Expr> joined(List<Expr> a, List<Expr> b) {
        return Stream.concat(a.stream(), b.stream()).toList();
    }
}
