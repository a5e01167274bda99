package dev.joule.autodiff.rewrite;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Unary;

/** What the rows of an array are multiplied with, one number each; and the rest in an order that does not depend on how it was written. */
final class Factors {
    private final Map<Expr, Factored> known = new HashMap<>();
    private final Map<Expr, Integer> places = new HashMap<>();

    Factors(List<Expr> nodes) {
        nodes.forEach(this::place);
    }

    /** Of (s * a) (c b), with a number c: the product a b, with the factors s and c. */
    Factored ofMatMul(Expr y) {
        Factored a = of(y.input(0)), b = of(y.input(1));
        Expr rest = Expr.of(y.op(), a.rest(), b.withoutNumber());
        return new Factored(List.of(rest), along(a.factors(), y), a.number() * b.number()).or(y);
    }

    Factored of(Expr x) {
        Factored before = known.get(x);
        if (before == null) {
            before = find(x).or(x);
            known.put(x, before);
        }
        return before;
    }

    private Factored find(Expr x) {
        return switch (x.op()) {
            case Op.Zip(Binary f) when f == Binary.MUL -> ofProduct(x);
            case Op.Zip(Binary f) when f == Binary.ADD || f == Binary.SUB -> {
                Both both = both(x, of(x.input(0)), of(x.input(1)));
                boolean turned = f == Binary.ADD && place(both.right()) < place(both.left());
                yield both.of(turned ? Expr.of(x.op(), both.right(), both.left()) : Expr.of(x.op(), both.left(), both.right()));
            }
            case Op.Map(Unary f) when f == Unary.NEG -> of(x.input(0)).times(-1);
            case Op.Select _ -> {
                Both both = both(x, of(x.input(1)), of(x.input(2)));
                yield both.of(Expr.of(x.op(), x.input(0), both.left(), both.right()));
            }
            case Op.Broadcast _, Op.Permute _, Op.Reshape _ -> {   // elements that are elsewhere now: the number that all have
                Factored before = of(x.input(0));
                yield new Factored(List.of(Expr.of(x.op(), before.withoutNumber())), List.of(),
                        before.number());
            }
            default -> Factored.whole(x);
        };
    }

    private Factored ofProduct(Expr x) {
        Expr left = x.input(0), right = x.input(1);
        if (isFactor(left) && !isFactor(right)) {
            return of(right).times(left);
        }
        if (isFactor(right)) {
            return of(left).times(right);
        }
        Factored a = of(left), b = of(right);
        return new Factored(
                Stream.concat(a.parts().stream(), b.parts().stream()).sorted(Comparator.comparing(this::place)).toList(),
                Factored.joined(a.factors(), b.factors()), a.number() * b.number());
    }

    private int place(Expr x) {
        return places.computeIfAbsent(x, _ -> places.size());
    }

    /** Two arrays, and what both of them were multiplied with. */
    private record Both(Expr left, Expr right, List<Expr> factors, double number) {
        Factored of(Expr rest) {
            return new Factored(List.of(rest), factors, number);
        }
    }

    /** Of two terms or branches of x. Where both have numbers, that of the first is the factor: c a + d b = c (a + (d/c) b). */
    private static Both both(Expr x, Factored a, Factored b) {
        List<Expr> others = new ArrayList<>(b.factors());   // a factor may be there twice
        List<Expr> factors = a.factors().stream().filter(others::remove).toList();
        double number = a.number() != 1 && b.number() != 1 && x.dtype().isReal() && Factored.isModerate(b.number() / a.number())
                ? a.number() : 1;
        return new Both(a.without(factors, number), b.without(factors, number), factors, number);
    }

    /** Whether each row is one number, repeated. */
    private static boolean isFactor(Expr x) {
        return x.op() instanceof Op.Broadcast(_, var axes) && axes.contains(x.rank() - 1);
    }

    /** The factors of the rows, for rows of another length. */
    private static List<Expr> along(List<Expr> factors, Expr rows) {
        return factors.stream()
                .map(factor -> Expr.of(new Op.Broadcast(rows.shape(), ((Op.Broadcast) factor.op()).axes()), factor.input(0)))
                .toList();
    }
}
