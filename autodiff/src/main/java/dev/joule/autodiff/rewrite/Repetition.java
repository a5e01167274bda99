package dev.joule.autodiff.rewrite;

import java.util.List;
import java.util.Optional;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.scalar.Reducer;

/** Rules about elements that are repeated: what is done to all of them is done to one. */
public final class Repetition {
    public static final List<Rule> RULES = List.of(
            new Rule("sum-of-broadcast", "Σ over a repeated axis of n → n x", Repetition::sumOfBroadcast),
            new Rule("reduce-of-broadcast", "Σ and max of repeated x over other axes → repeated Σ and max of x",
                    Repetition::reduceOfBroadcast),
            new Rule("map-of-broadcast", "f(repeated x) → repeated f(x)", Repetition::mapOfBroadcast),
            new Rule("zip-of-broadcasts", "f(repeated x, repeated y) → repeated f(x, y)", Repetition::zipOfBroadcasts),
            new Rule("product-of-repeated-rows", "(1 xᵀ) b → 1 (xᵀ b)", Repetition::productOfRepeatedRows),
            new Rule("product-by-repeated-rows", "(1 xᵀ)ᵀ b → x (1ᵀ b)", Repetition::productByRepeatedRows));

    private Repetition() {
    }

    private static Optional<Expr> sumOfBroadcast(Expr y) {
        if (y.op() instanceof Op.Reduce(Reducer reducer, var axes) && reducer == Reducer.SUM
                && y.input(0).op() instanceof Op.Broadcast(var shape, var repeated)
                && axes.stream().anyMatch(repeated::contains)) {
            List<Integer> both = axes.stream().filter(repeated::contains).toList();
            long times = both.stream().mapToLong(shape::size).reduce(1, (a, b) -> a * b);
            List<Integer> others = others(axes, both);
            Expr once = without(both, y.input(0)), sum = others.isEmpty() ? once : Expr.of(new Op.Reduce(reducer, others), once);
            return Optional.of(sum.mul(Algebra.number(sum, sum.dtype() == DType.INT32 ? (int) times : times)));
        }
        return Optional.empty();
    }

    private static Optional<Expr> reduceOfBroadcast(Expr y) {
        if (y.op() instanceof Op.Reduce(var reducer, var axes) && y.input(0).op() instanceof Op.Broadcast(_, var repeated)
                && axes.stream().noneMatch(repeated::contains)) {
            Expr once = Expr.of(new Op.Reduce(reducer, others(axes, repeated)), y.input(0).input(0));
            return Optional.of(Expr.of(new Op.Broadcast(y.shape(), others(repeated, axes)), once));
        }
        return Optional.empty();
    }

    private static Optional<Expr> mapOfBroadcast(Expr y) {
        return (y.op() instanceof Op.Map || y.op() instanceof Op.Cast) && y.input(0).op() instanceof Op.Broadcast broadcast
                ? Optional.of(Expr.of(broadcast, Expr.of(y.op(), y.input(0).input(0)))) : Optional.empty();
    }

    /** Over the axes along which both are repeated. A number is repeated along all. */
    private static Optional<Expr> zipOfBroadcasts(Expr y) {
        if (y.op() instanceof Op.Zip && y.input(0).op() instanceof Op.Broadcast(var shape, var left)
                && y.input(1).op() instanceof Op.Broadcast(_, var right) && left.stream().anyMatch(right::contains)) {
            List<Integer> both = left.stream().filter(right::contains).toList();
            return Optional.of(
                    Expr.of(new Op.Broadcast(shape, both),
                            Expr.of(y.op(), without(both, y.input(0)), without(both, y.input(1)))));
        }
        return Optional.empty();
    }

    /** What is repeated along some axes, repeated only along its others. */
    private static Expr without(List<Integer> dropped, Expr repeated) {
        Op.Broadcast broadcast = (Op.Broadcast) repeated.op();
        boolean[] gone = new boolean[broadcast.shape().rank()];
        dropped.forEach(axis -> gone[axis] = true);
        List<Integer> others = others(broadcast.axes(), dropped);
        return others.isEmpty() ? repeated.input(0)
                : Expr.of(new Op.Broadcast(broadcast.shape().without(gone), others), repeated.input(0));
    }

    /** The axes but some, as they are counted when those are gone. */
    private static List<Integer> others(List<Integer> axes, List<Integer> dropped) {
        return axes.stream().filter(axis -> !dropped.contains(axis))
                .map(axis -> axis - (int) dropped.stream().filter(drop -> drop < axis).count()).toList();
    }

    private static Optional<Expr> productOfRepeatedRows(Expr y) {
        if (!(y.op() instanceof Op.MatMul)) {
            return Optional.empty();
        }
        Expr b = y.input(1);
        return repeated(y.input(0)).map(rows -> {
            Shape of = rows.input(0).shape();
            Expr once = matrix(rows.input(0)).matmul(b).reshape(of.with(-1, b.size(-1)));
            Op.Broadcast broadcast = (Op.Broadcast) rows.op();
            return Expr.of(new Op.Broadcast(broadcast.shape().with(-1, b.size(-1)), broadcast.axes()), once).reshape(y.shape());
        });
    }

    private static Optional<Expr> productByRepeatedRows(Expr y) {
        if (!(y.op() instanceof Op.MatMul) || !(y.input(0).op() instanceof Op.Permute) || y.size(-1) == 0) {
            return Optional.empty();
        }
        Expr b = y.input(1);
        return repeated(y.input(0).input(0)).map(rows -> {
            Op.Broadcast broadcast = (Op.Broadcast) rows.op();
            Expr sum = Expr.of(new Op.Reduce(Reducer.SUM, broadcast.axes()), b.reshape(broadcast.shape().with(-1, b.size(-1))));
            return matrix(rows.input(0)).transpose().matmul(matrix(sum));
        });
    }

    /** The broadcast, whose last axis is not a repeated one, of which a matrix has the rows. */
    private static Optional<Expr> repeated(Expr matrix) {
        Expr rows = matrix.op() instanceof Op.Reshape ? matrix.input(0) : matrix;
        return matrix.rank() == 2 && rows.op() instanceof Op.Broadcast(var shape, var axes) && !axes.contains(shape.rank() - 1)
                && shape.size(-1) == matrix.size(-1) && matrix.size(-1) > 0 ? Optional.of(rows) : Optional.empty();
    }

    /** All rows as one matrix. */
    private static Expr matrix(Expr rows) {
        return rows.reshape((int) (rows.shape().count() / rows.size(-1)), rows.size(-1));
    }
}
