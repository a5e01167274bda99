package dev.joule.autodiff.rewrite;

import java.util.ArrayList;
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
 * A product whose rows are those of another product that the program computes anyway, each times a number, is that product, scaled.
 *
 * <p>Gradients are full of them. A sampler computes ∂U/∂x on all the way back through the network; the gradient of a loss by the weights goes
 * the same way from the same samples, but begins with ∂L/∂U, a number for each sample, instead of 1.
 */
public final class RowFactors {
    private final Set<Expr> nodes;
    private final Map<Expr, Split> splits = new HashMap<>();

    private RowFactors(Set<Expr> nodes) {
        this.nodes = nodes;
    }

    public static List<Rule> rules(Set<Expr> nodes) {
        return List.of(new Rule("row-factors", "(s * a) b → s * (a b), a number of s for each row of a, where a b is at hand",
                new RowFactors(nodes)::product));
    }

    private Optional<Expr> product(Expr y) {
        if (!(y.op() instanceof Op.MatMul)) {
            return Optional.empty();
        }
        Split a = split(y.input(0));
        Expr product = Expr.of(y.op(), a.rest(), y.input(1));
        if (a.factors().isEmpty() || !nodes.contains(product)) {
            return Optional.empty();
        }
        return Optional.of(a.factors().stream().map(factor -> along(factor, y)).reduce(product, Expr::mul));
    }

    /** An array of rows is {@code rest}, element by element times each of the factors, which are the same for all elements of a row. */
    private record Split(Expr rest, List<Expr> factors) {
        Split times(Expr factor) {
            return new Split(rest, joined(factors, List.of(factor)));
        }
    }

    private Split split(Expr x) {
        Split known = splits.get(x);
        if (known == null) {
            known = switch (x.op()) {
                case Op.Zip(Binary f) when f == Binary.MUL -> ofProduct(x, x.input(0), x.input(1));
                case Op.Map(Unary f) when f == Unary.NEG -> split(x.input(0)).times(Algebra.number(x, -1));
                case Op.Zip(Binary f) when f == Binary.ADD || f == Binary.SUB -> {
                    Split a = split(x.input(0)), b = split(x.input(1));
                    List<Expr> both = common(a, b);
                    yield new Split(Expr.of(x.op(), besides(both, a), besides(both, b)), both);
                }
                case Op.Select _ -> {
                    Split a = split(x.input(1)), b = split(x.input(2));
                    List<Expr> both = common(a, b);
                    yield new Split(Expr.of(x.op(), x.input(0), besides(both, a), besides(both, b)), both);
                }
                case Op.Broadcast _ -> ofRepeated(x, split(x.input(0)));
                default -> whole(x);
            };
            splits.put(x, known);
        }
        return known;
    }

    private static Split whole(Expr x) {
        return new Split(x, List.of());
    }

    private Split ofProduct(Expr x, Expr a, Expr b) {
        if (isFactor(a)) {
            return split(b).times(a);
        }
        if (isFactor(b)) {
            return split(a).times(b);
        }
        Split left = split(a), right = split(b);
        return new Split(Expr.of(x.op(), left.rest(), right.rest()), joined(left.factors(), right.factors()));
    }

    private static List<Expr> common(Split a, Split b) {
        return a.factors().stream().filter(b.factors()::contains).toList();
    }

    private static Expr besides(List<Expr> taken, Split split) {
        return split.factors().stream().filter(factor -> !taken.contains(factor)).reduce(split.rest(), RowFactors::times);
    }

    /** The form that {@link Repetition} gives it. */
    private static Expr times(Expr x, Expr factor) {
        return x.op() instanceof Op.Broadcast && Algebra.number(factor).isPresent()
                ? Expr.of(x.op(), times(x.input(0), along(factor, x.input(0)))) : x.mul(factor);
    }

    /** Of repeated elements, the numbers that all of them have. */
    private static Split ofRepeated(Expr x, Split once) {
        boolean numbers = once.factors().stream().allMatch(factor -> Algebra.number(factor).isPresent());
        return numbers ? new Split(Expr.of(x.op(), once.rest()), once.factors().stream().map(factor -> along(factor, x)).toList())
                : whole(x);
    }

    /** Whether each row is one number, repeated. */
    private static boolean isFactor(Expr x) {
        return x.op() instanceof Op.Broadcast(_, var axes) && axes.contains(x.rank() - 1);
    }

    /** The factors of the rows, for rows of another length. */
    private static Expr along(Expr factor, Expr rows) {
        return Algebra.number(factor).isPresent() ? Algebra.number(rows, Algebra.number(factor).getAsDouble())
                : Expr.of(new Op.Broadcast(rows.shape(), ((Op.Broadcast) factor.op()).axes()), factor.input(0));
    }

    private static List<Expr> joined(List<Expr> a, List<Expr> b) {
        List<Expr> all = new ArrayList<>(a);
        all.addAll(b);
        return all;
    }
}
