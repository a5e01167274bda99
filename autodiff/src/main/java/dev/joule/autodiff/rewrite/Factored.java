package dev.joule.autodiff.rewrite;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;

/**
 * An array as a product of arrays of its own shape, element by element.
 *
 * @param parts   what no row is multiplied with as a whole; one at least
 * @param factors each the same for all elements of a row, that is, along the last axis
 * @param number  what all elements are multiplied with
 */
record Factored(List<Expr> parts, List<Expr> factors, double number) {
    /** Of longer products nothing is looked for. */
    private static final int MOST = 8;
    /** Numbers stay where they are if they or their inverse are larger: what is left could be too large or too small for its type. */
    private static final double LARGEST = 1e6;

    static Factored whole(Expr x) {
        return new Factored(List.of(x), List.of(), 1);
    }

    static boolean isModerate(double number) {
        return Math.abs(number) <= LARGEST && Math.abs(number) >= 1 / LARGEST;
    }

    /** This, if it is neither long nor extreme; or the array itself. */
    Factored or(Expr x) {
        return parts.size() <= MOST && factors.size() <= MOST && isModerate(number) ? this : whole(x);
    }

    Factored times(Expr factor) {
        return Algebra.number(factor).isPresent() ? times(Algebra.number(factor).getAsDouble())
                : new Factored(parts, joined(factors, List.of(factor)), number);
    }

    Factored times(double factor) {
        return new Factored(parts, factors, number * factor);
    }

    Expr rest() {
        return parts.stream().reduce(Expr::mul).orElseThrow();
    }

    Expr value() {
        return without(List.of(), 1);
    }

    Expr withoutNumber() {
        return without(List.of(), number);
    }

    /** The value, but for some of its factors, each as often as it is named, and but for a number. */
    Expr without(List<Expr> taken, double divisor) {
        List<Expr> left = new ArrayList<>(factors);
        taken.forEach(left::remove);
        return scaled(left.stream().reduce(rest(), Expr::mul), number / divisor);
    }

    /** In the form that {@link Repetition} gives it. */
    static Expr scaled(Expr x, double number) {
        if (number == 1) {
            return x;
        }
        return x.op() instanceof Op.Broadcast ? Expr.of(x.op(), scaled(x.input(0), number)) : x.mul(Algebra.number(x, number));
    }

    static List<Expr> joined(List<Expr> a, List<Expr> b) {
        return Stream.concat(a.stream(), b.stream()).toList();
    }
}
