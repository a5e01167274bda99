package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Functions.concat;
import static dev.joule.autodiff.Functions.exp;
import static dev.joule.autodiff.Functions.log;
import static dev.joule.autodiff.Functions.reciprocal;
import static dev.joule.autodiff.Functions.where;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import dev.joule.core.Shape;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;

/** How each operation carries its inputs' {@link Jet}s on. A missing jet is one of zeros. */
final class JetRules {
    private final Map<Expr, Jet> jets;
    private final boolean second;

    private JetRules(Map<Expr, Jet> jets, boolean second) {
        this.jets = jets;
        this.second = second;
    }

    static Jet of(Expr y, Map<Expr, Jet> jets, boolean second) {
        return new JetRules(jets, second).rule(y);
    }

    private Jet rule(Expr y) {
        return switch (y.op()) {
            case Op.Constant _, Op.Data _, Op.Variable _, Op.Random _, Op.Range _, Op.Detach _ -> null;
            case Op.Map(var f) -> chain(y.input(0), y, Derivatives.of(f, y.input(0), y));
            case Op.Zip(var f) -> zip(f, y);
            case Op.Select() -> choose(y.input(0), jets.get(y.input(1)), jets.get(y.input(2)));
            case Op.MatMul() -> bilinear(y.input(0), y.input(1), Expr::matmul);
            case Op.Reduce(Reducer reducer, var axes) -> reducer == Reducer.SUM
                    ? linear(y, (x, k) -> x.sum(shifted(axes, k)))
                    : weighted(y, Derivatives.shareOfMax(y.input(0), y, Gradient.ints(axes)), axes);
            case Op.Cast(var dtype) -> linear(y, (x, _) -> x.cast(dtype));
            case Op.Reshape(Shape shape) -> linear(y, (x, k) -> x.reshape(x.shape().slice(0, k).concat(shape)));
            case Op.Permute(var order) -> linear(y, (x, k) -> x.permute(IntStream.concat(IntStream.range(0, k),
                    IntStream.of(shifted(order, k))).toArray()));
            case Op.Broadcast(Shape shape, var axes) -> linear(y,
                    (x, k) -> x.broadcast(x.shape().slice(0, k).concat(shape), IntStream.of(shifted(axes, k)).boxed().toList()));
            case Op.Slice(var starts, var steps, Shape shape) -> linear(y,
                    (x, k) -> Expr
                            .of(new Op.Slice(before(starts, k, 0), before(steps, k, 1), x.shape().slice(0, k).concat(shape)), x));
            case Op.Embed(var starts, var steps, Shape shape) -> linear(y,
                    (x, k) -> Expr
                            .of(new Op.Embed(before(starts, k, 0), before(steps, k, 1), x.shape().slice(0, k).concat(shape)), x));
            case Op.Concat(int axis) -> concatenated(y, axis);
            case Op.Unfold(int axis, int size, int step) -> linear(y, (x, k) -> Windows.unfold(x, axis + k, size, step));
            case Op.Fold(int axis, int length, int step) -> linear(y, (x, k) -> Windows.fold(x, axis + k, length, step));
            case Op.Rows() -> linear(y, (x, k) -> behind(x, k, rest -> rest.rows(y.input(1)), y.input(1).rank()));
            case Op.ScatterRows(int rows) -> scattered(y, rows);
            case Op.WithRows() -> replaced(y);
        };
    }

    /** A linear operation of {@code k} more leading axes: 1 for the tangents, 0 for the second derivative. */
    private interface Linear {
        Expr apply(Expr x, int k);
    }

    private Jet linear(Expr y, Linear f) {
        Jet x = jets.get(y.input(0));
        return x == null ? null : new Jet(f.apply(x.tangents(), 1), x.second() == null ? null : f.apply(x.second(), 0));
    }

    /** ∂y = f' ∂x, Δy = f' Δx + f'' Σ (∂x)². */
    private Jet chain(Expr x, Expr y, Optional<Expr> derivative) {
        Jet jet = jets.get(x);
        if (jet == null || derivative.isEmpty()) {
            return null;
        }
        Expr first = derivative.get();
        Expr bent = second ? times(derivativeOf(first, x), jet.tangents().mul(jet.tangents()).sum(0)) : null;
        return new Jet(jet.tangents().mul(first), plus(times(first, jet.second()), bent));
    }

    /** f'' as the derivative of the expression f' along a direction of ones; null where it is 0. */
    private static Expr derivativeOf(Expr first, Expr x) {
        Expr derived = Tangent.jvp(first, x, constant(x.dtype(), 1).broadcast(x.shape()));
        return isZero(derived) ? null : derived;
    }

    private static boolean isZero(Expr x) {
        return switch (x.op()) {
            case Op.Constant(_, double value) -> value == 0;
            case Op.Broadcast _ -> isZero(x.input(0));
            default -> false;
        };
    }

    private Jet zip(Binary f, Expr y) {
        Expr a = y.input(0), b = y.input(1);
        Jet u = jets.get(a), v = jets.get(b);
        return switch (f) {
            case ADD -> sum(u, v);
            case SUB -> sum(u, scaled(v, Derivatives.number(y, -1)));
            case MUL -> bilinear(a, b, Expr::mul);
            case DIV -> v == null ? scaled(u, reciprocal(b)) : quotient(a, b);
            case POW -> v == null ? chain(a, y, Derivatives.left(f, a, b, y)) : power(a, b, y);
            case MIN, MAX -> sum(scaled(u, Derivatives.left(f, a, b, y).orElseThrow()),
                    scaled(v, Derivatives.right(f, a, b, y).orElseThrow()));
            case LESS, LESS_EQUAL, EQUAL, NOT_EQUAL -> null;
        };
    }

    /** a/b = a · (1/b). */
    private Jet quotient(Expr a, Expr b) {
        Expr inverse = reciprocal(b);
        jets.computeIfAbsent(inverse, _ -> chain(b, inverse, Derivatives.of(Unary.RECIPROCAL, b, inverse)));
        return bilinear(a, inverse, Expr::mul);
    }

    /** a^b = exp(b log a), but where a = 0 ≤ b: there, b is as good as constant. */
    private Jet power(Expr a, Expr b, Expr y) {
        Expr zero = Derivatives.isZeroBase(a, b), positive = where(zero, Derivatives.number(a, 1), a), logarithm = log(positive),
                exponent = b.mul(logarithm), power = exp(exponent);
        jets.computeIfAbsent(positive, _ -> choose(zero, null, jets.get(a)));
        jets.computeIfAbsent(logarithm, _ -> chain(positive, logarithm, Derivatives.of(Unary.LOG, positive, logarithm)));
        jets.computeIfAbsent(exponent, _ -> bilinear(b, logarithm, Expr::mul));
        return choose(zero, chain(a, y, Derivatives.left(Binary.POW, a, b, y)), chain(exponent, power, Optional.of(power)));
    }

    private interface Product {
        Expr of(Expr a, Expr b);
    }

    /** ∂(ab) = ∂a b + a ∂b, Δ(ab) = Δa b + a Δb + 2 Σ ∂a ∂b. */
    private Jet bilinear(Expr a, Expr b, Product product) {
        Jet u = jets.get(a), v = jets.get(b);
        Jet left = u == null ? null : new Jet(product.of(u.tangents(), b), u.second() == null ? null : product.of(u.second(), b));
        Jet right = v == null ? null
                : new Jet(product.of(a, v.tangents()), v.second() == null ? null : product.of(a, v.second()));
        Jet both = sum(left, right);
        if (second && u != null && v != null) {
            return new Jet(both.tangents(), plus(both.second(), product.of(u.tangents(), v.tangents()).sum(0).mul(2)));
        }
        return both;
    }

    /** u where a condition holds, else v. */
    private static Jet choose(Expr condition, Jet u, Jet v) {
        if (u == null && v == null) {
            return null;
        }
        Expr zero = Derivatives.number((u == null ? v : u).tangents(), 0);
        Expr bentU = u == null ? null : u.second(), bentV = v == null ? null : v.second();
        return new Jet(where(condition, u == null ? zero : u.tangents(), v == null ? zero : v.tangents()),
                bentU == null && bentV == null ? null
                        : where(condition, bentU == null ? zero : bentU, bentV == null ? zero : bentV));
    }

    private Jet weighted(Expr y, Expr weight, List<Integer> axes) {
        return linear(y, (x, k) -> x.mul(weight).sum(shifted(axes, k)));
    }

    private Jet concatenated(Expr y, int axis) {
        return together(y.inputs(), (parts, k) -> concat(axis + k, parts.toArray(Expr[]::new)));
    }

    /** A linear operation of several inputs. */
    private interface Together {
        Expr apply(List<Expr> parts, int k);
    }

    private Jet together(List<Expr> inputs, Together f) {
        Optional<Jet> any = inputs.stream().map(jets::get).filter(jet -> jet != null).findFirst();
        if (any.isEmpty()) {
            return null;   // parts may depend on x and still have derivative 0, as floor(x)
        }
        int directions = any.get().tangents().size(0);
        boolean bent = inputs.stream().map(jets::get).anyMatch(jet -> jet != null && jet.second() != null);
        List<Expr> tangents = new ArrayList<>(), seconds = new ArrayList<>();
        for (Expr part : inputs) {
            Jet jet = jets.get(part);
            Expr zero = constant(part.dtype(), 0);
            tangents.add(jet == null ? zero.broadcast(Shape.of(directions).concat(part.shape())) : jet.tangents());
            seconds.add(jet == null || jet.second() == null ? zero.broadcast(part.shape()) : jet.second());
        }
        return new Jet(f.apply(tangents, 1), bent ? f.apply(seconds, 0) : null);
    }

    private Jet replaced(Expr y) {
        Expr index = y.input(1);
        return together(List.of(y.input(0), y.input(2)), (parts, k) -> behind(parts.getFirst(), k,
                rows -> rows.withRows(index, behindIndex(parts.getLast(), k, index)), 1));
    }

    private Jet scattered(Expr y, int rows) {
        Expr index = y.input(0);
        return together(List.of(y.input(1)), (parts, k) -> {
            Expr sums = Expr.of(new Op.ScatterRows(rows), index, behindIndex(parts.getFirst(), k, index));
            return k == 0 ? sums : sums.transpose(0, 1);
        });
    }

    /** Tangents with their direction moved behind the axes of an index. */
    private static Expr behindIndex(Expr x, int k, Expr index) {
        return x.permute(IntStream.range(0, x.rank()).map(axis -> k == 0 || axis > index.rank() ? axis
                : axis == index.rank() ? 0 : axis + 1).toArray());
    }

    /** Applies f, which works on the leading axis, to tangents: with their direction moved behind that axis, and back to the front. */
    private static Expr behind(Expr x, int k, UnaryOperator<Expr> f, int depth) {
        if (k == 0) {
            return f.apply(x);
        }
        Expr moved = f.apply(x.transpose(0, 1));
        int[] front = IntStream.range(0, moved.rank()).map(axis -> axis == 0 ? depth : axis <= depth ? axis - 1 : axis).toArray();
        return moved.permute(front);
    }

    private static Jet scaled(Jet jet, Expr factor) {
        return jet == null ? null : new Jet(jet.tangents().mul(factor), times(factor, jet.second()));
    }

    private static Jet sum(Jet a, Jet b) {
        return a == null ? b : b == null ? a : new Jet(a.tangents().add(b.tangents()), plus(a.second(), b.second()));
    }

    private static Expr plus(Expr a, Expr b) {
        return a == null ? b : b == null ? a : a.add(b);
    }

    private static Expr times(Expr a, Expr b) {
        return a == null || b == null ? null : a.mul(b);
    }

    private static int[] shifted(List<Integer> axes, int by) {
        return axes.stream().mapToInt(axis -> axis + by).toArray();
    }

    private static List<Integer> before(List<Integer> list, int count, int value) {
        List<Integer> longer = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            longer.add(value);
        }
        longer.addAll(list);
        return List.copyOf(longer);
    }
}
