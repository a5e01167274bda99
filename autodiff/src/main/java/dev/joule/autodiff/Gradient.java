package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.range;
import static dev.joule.autodiff.Functions.where;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.scalar.Reducer;

/**
 * Reverse mode: the gradient of an expression is an expression again, and so has a gradient. Each node's adjoint ȳ = ∂loss/∂y is the
 * sum over its consumers; {@link #adjoints} says what a node passes on to its inputs.
 */
public final class Gradient {
    private Gradient() {
    }

    /** ∂loss/∂x for a loss of shape []; it has the shape and type of x. */
    public static Expr gradient(Expr loss, Expr x) {
        return gradient(loss, List.of(x)).getFirst();
    }

    /**
     * ∂loss/∂x for each x. An x may be any expression that the loss is made of but a constant; if it is not, its gradient is 0. Where one x is
     * made of another, the other's gradient has both ways in it: the direct one, and the one through the first.
     *
     * <p>Expressions are told apart as objects. Those that are written alike are one, {@code x.add(1)} and {@code x.add(1)}: a derivative by one is by
     * both, as for a k(x, x) that is to be derived by its first argument alone; {@code x.add(0)} is another. Two arrays, or noises, are two
     * whatever they hold.
     */
    public static List<Expr> gradient(Expr loss, List<Expr> wrt) {
        if (loss.rank() != 0) {
            throw Origin.error("gradient: of a scalar only, not of " + loss.shape() + "; reduce it with sum() or mean()");
        }
        return vjp(loss, constant(loss.real("gradient").dtype(), 1), wrt);
    }

    /** The vector-Jacobian product: Σ seed · ∂y/∂x for each x; the seed has the shape of y. */
    public static List<Expr> vjp(Expr y, Expr seed, List<Expr> wrt) {
        if (!seed.shape().equals(y.shape())) {
            throw Origin.error("vjp: the seed's shape " + seed.shape() + " is not that of the expression, " + y.shape());
        }
        wrt.forEach(x -> by("gradient", x));
        // what is older than each x is made of none: a chain of samples, each from a gradient by the last, takes time linear in its length
        long oldest = wrt.stream().mapToLong(Expr::age).min().orElse(Long.MAX_VALUE);
        List<Expr> order = Graph.topological(List.of(y), node -> node.age() <= oldest);
        Set<Expr> active = Graph.dependents(order, wrt);
        Map<Expr, Expr> adjoint = new HashMap<>();
        if (active.contains(y)) {
            adjoint.put(y, seed.cast(y.dtype()));
        }
        for (Expr node : order.reversed()) {
            Expr g = adjoint.get(node);
            if (g == null || node.inputs().stream().noneMatch(active::contains)) {
                continue;
            }
            List<Expr> passed = Origin.inherit(node.origin(), () -> adjoints(node, g, active));
            for (int i = 0; i < passed.size(); i++) {
                Expr input = node.input(i);
                if (passed.get(i) != null && active.contains(input)) {
                    adjoint.merge(input, passed.get(i), (a, b) -> Origin.inherit(input.origin(), () -> a.add(b)));
                }
            }
        }
        return wrt.stream().map(x -> adjoint.getOrDefault(x, constant(x.dtype(), 0).broadcast(x.shape()))).toList();
    }

    /**
     * What a derivative is taken by, if that can be. Equal constants are one node wherever they stand: a derivative by the 3 of one place
     * would be by all threes.
     */
    static Expr by(String asked, Expr x) {
        Expr number = x;
        while (number.op() instanceof Op.Broadcast || number.op() instanceof Op.Reshape || number.op() instanceof Op.Cast) {
            number = number.input(0);
        }
        if (number.op() instanceof Op.Constant || number.op() instanceof Op.Range) {
            throw Origin.error(asked + ": by " + Names.of(number) + " " + x.shape()
                    + ", a constant, which is the same wherever it stands; make it an array(...) or a variable(...)");
        }
        return x.real(asked);
    }

    /** What y passes on to each of its inputs, given its own adjoint g; null where that is 0. */
    private static List<Expr> adjoints(Expr y, Expr g, Set<Expr> active) {
        return switch (y.op()) {
            case Op.Constant _, Op.Data _, Op.Variable _, Op.Random _, Op.Range _, Op.Detach _ -> List.of();
            // x̄ = ȳ f'(x)
            case Op.Map(var f) -> one(Derivatives.of(f, y.input(0), y).map(g::mul).orElse(null));
            case Op.Zip(var f) -> {
                Expr a = y.input(0), b = y.input(1);
                yield Arrays.asList(active.contains(a) ? Derivatives.left(f, a, b, y).map(d -> scaled(g, d)).orElse(null) : null,
                        active.contains(b) ? Derivatives.right(f, a, b, y).map(d -> scaled(g, d)).orElse(null) : null);
            }
            // ā = ȳ where the condition holds, b̄ = ȳ where not
            case Op.Select() -> Arrays.asList(null, where(y.input(0), g, Derivatives.number(g, 0)),
                    where(y.input(0), Derivatives.number(g, 0), g));
            case Op.Cast _ -> one(g.cast(y.input(0).dtype()));
            // each element of x counts once in the sum
            case Op.Reduce(var reducer, var axes) -> {
                Expr x = y.input(0), spread = g.broadcast(x.shape(), axes);
                yield one(reducer == Reducer.SUM ? spread : spread.mul(Derivatives.shareOfMax(x, y, ints(axes))));
            }
            // Ā = Ȳ Bᵀ, B̄ = Aᵀ Ȳ
            case Op.MatMul() -> Arrays.asList(
                    active.contains(y.input(0)) ? g.matmul(y.input(1).transpose()) : null,
                    active.contains(y.input(1)) ? y.input(0).transpose().matmul(g) : null);
            // a linear map that moves elements: its transpose moves them back
            case Op.Reshape _ -> one(g.reshape(y.input(0).shape()));
            case Op.Permute(var order) -> one(g.permute(inverse(order)));
            case Op.Broadcast(_, var axes) -> one(g.sum(ints(axes)));
            case Op.Slice(var starts, var steps, _) -> one(Expr.of(new Op.Embed(starts, steps, y.input(0).shape()), g));
            case Op.Embed(var starts, var steps, _) -> one(Expr.of(new Op.Slice(starts, steps, y.input(0).shape()), g));
            case Op.Concat(int axis) -> parts(y, g, axis);
            case Op.Unfold(int axis, _, int step) -> one(Windows.fold(g, axis, y.input(0).size(axis), step));
            case Op.Fold(int axis, _, int step) -> one(
                    Windows.unfold(g.slice(axis, 0, Windows.length(y.input(0), axis, step)), axis, y.input(0).size(axis + 1),
                            step));
            case Op.Rows() -> Arrays.asList(Expr.of(new Op.ScatterRows(y.input(0).size(0)), y.input(1), g), null);
            case Op.ScatterRows _ -> Arrays.asList(null, g.rows(y.input(0)));
            // x̄ = ȳ where the rows are still x's, ȳ's rows where they are
            case Op.WithRows() -> Arrays.asList(
                    active.contains(y.input(0)) ? g.withRows(y.input(1), constant(g.dtype(), 0).broadcast(y.input(2).shape()))
                            : null,
                    null, active.contains(y.input(2)) ? where(lasting(y), g.rows(y.input(1)), Derivatives.number(g, 0)) : null);
        };
    }

    /** Which of the rows that an array was given were not replaced by later ones. */
    private static Expr lasting(Expr y) {
        Expr index = y.input(1);
        Expr numbers = range(Math.toIntExact(index.shape().count())).reshape(index.shape().toArray());
        Expr last = constant(DType.INT32, -1).broadcast(Shape.of(y.size(0))).withRows(index, numbers).rows(index);
        int[] before = Arrays.copyOf(index.shape().toArray(), y.input(2).rank());
        Arrays.fill(before, index.rank(), before.length, 1);
        return last.equal(numbers).reshape(before);
    }

    /** g d, where d may be the number 1 or -1 that a sum passes on. */
    private static Expr scaled(Expr g, Expr d) {
        if (d.op() instanceof Op.Constant(_, double value)) {
            return value == 1 ? g : value == -1 ? g.neg() : g.mul(value);
        }
        return g.mul(d);
    }

    private static List<Expr> parts(Expr y, Expr g, int axis) {
        List<Expr> parts = new ArrayList<>();
        int from = 0;
        for (Expr input : y.inputs()) {
            parts.add(g.slice(axis, from, from + input.size(axis)));
            from += input.size(axis);
        }
        return parts;
    }

    static int[] inverse(List<Integer> order) {
        return IntStream.range(0, order.size()).map(order::indexOf).toArray();
    }

    static int[] ints(List<Integer> axes) {
        return axes.stream().mapToInt(Integer::intValue).toArray();
    }

    private static List<Expr> one(Expr adjoint) {
        return Collections.singletonList(adjoint);
    }
}
