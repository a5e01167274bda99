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
    /** Of longer products nothing is looked for. */
    private static final int MOST = 16;

    private final Map<Expr, Factored> known = new HashMap<>();
    private final Map<Expr, Integer> places = new HashMap<>();

    Factors(List<Expr> nodes) {
        nodes.forEach(this::place);
    }

    /** Of (s * a) (c b): the product a b, with the factors s and c. */
    Factored ofMatMul(Expr y) {
        Factored a = of(y.input(0)), b = of(y.input(1));
        List<Expr> numbers = numbers(b);
        return new Factored(List.of(Expr.of(y.op(), a.rest(), b.without(numbers))),
                along(Factored.joined(a.factors(), numbers), y));
    }

    Factored of(Expr x) {
        Factored before = known.get(x);
        if (before == null) {
            before = find(x);
            known.put(x, before);
        }
        return before;
    }

    private Factored find(Expr x) {
        return switch (x.op()) {
            case Op.Zip(Binary f) when f == Binary.MUL -> ofProduct(x);
            case Op.Zip(Binary f) when f == Binary.ADD || f == Binary.SUB -> ofSum(x, f);
            case Op.Map(Unary f) when f == Unary.NEG -> of(x.input(0)).times(Algebra.number(x, -1));
            case Op.Select _ -> {
                Both both = both(x, of(x.input(1)), of(x.input(2)));
                yield new Factored(List.of(Expr.of(x.op(), x.input(0), both.left(), both.right())), both.factors());
            }
            case Op.Broadcast _, Op.Permute _, Op.Reshape _ -> ofMoved(x, of(x.input(0)));
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
        List<Expr> parts = Stream.concat(a.parts().stream(), b.parts().stream()).sorted(Comparator.comparing(this::place))
                .toList();
        return parts.size() > MOST ? Factored.whole(x) : new Factored(parts, Factored.joined(a.factors(), b.factors()));
    }

    private Factored ofSum(Expr x, Binary f) {
        Both both = both(x, of(x.input(0)), of(x.input(1)));
        boolean turned = f == Binary.ADD && place(both.right()) < place(both.left());
        return new Factored(
                List.of(turned ? Expr.of(x.op(), both.right(), both.left()) : Expr.of(x.op(), both.left(), both.right())),
                both.factors());
    }

    private int place(Expr x) {
        return places.computeIfAbsent(x, _ -> places.size());
    }

    /** Two arrays, and the factors that both had. */
    private record Both(Expr left, Expr right, List<Expr> factors) {
    }

    /** Of two terms or branches of x. Where both have numbers, those of the first become the factor: c a + d b = c (a + (d/c) b). */
    private static Both both(Expr x, Factored a, Factored b) {
        List<Expr> others = new ArrayList<>(b.factors());   // a factor may be there twice
        List<Expr> factors = a.factors().stream().filter(factor -> !isNumber(factor) && others.remove(factor)).toList();
        List<Expr> left = numbers(a), right = numbers(b);
        double number = product(left), ratio = product(right) / number;
        if (!x.dtype().isReal() || left.isEmpty() || right.isEmpty() || !(Math.abs(ratio) < Double.POSITIVE_INFINITY)) {
            return new Both(a.without(factors), b.without(factors), factors);
        }
        Factored rest = Factored.whole(b.without(Factored.joined(factors, right)));
        return new Both(a.without(Factored.joined(factors, left)),
                ratio == 1 ? rest.value() : rest.times(Algebra.number(x, ratio)).value(),
                Factored.joined(factors, List.of(Algebra.number(x, number))));
    }

    private static double product(List<Expr> numbers) {
        return numbers.stream().mapToDouble(number -> Algebra.number(number).orElseThrow()).reduce(1, (c, d) -> c * d);
    }

    /** Of elements that are elsewhere now, the numbers that all of them have. */
    private static Factored ofMoved(Expr x, Factored before) {
        List<Expr> numbers = numbers(before);
        return new Factored(List.of(Expr.of(x.op(), before.without(numbers))), along(numbers, x));
    }

    private static List<Expr> numbers(Factored x) {
        return x.factors().stream().filter(Factors::isNumber).toList();
    }

    /** Whether each row is one number, repeated. */
    private static boolean isFactor(Expr x) {
        return x.op() instanceof Op.Broadcast(_, var axes) && axes.contains(x.rank() - 1);
    }

    static boolean isNumber(Expr factor) {
        return Algebra.number(factor).isPresent();
    }

    private static List<Expr> along(List<Expr> factors, Expr rows) {
        return factors.stream().map(factor -> along(factor, rows)).toList();
    }

    /** The factors of the rows, for rows of another length. */
    static Expr along(Expr factor, Expr rows) {
        return isNumber(factor) ? Algebra.number(rows, Algebra.number(factor).getAsDouble())
                : Expr.of(new Op.Broadcast(rows.shape(), ((Op.Broadcast) factor.op()).axes()), factor.input(0));
    }
}
