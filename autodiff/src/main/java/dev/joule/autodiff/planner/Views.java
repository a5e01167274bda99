package dev.joule.autodiff.planner;

import java.util.stream.IntStream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.Shape;

/** Looks through shape operations at the node whose elements they move. */
final class Views {
    /**
     * The node below a chain of shape operations, and where each element of the chain's result lies in it in row-major order.
     */
    record Base(Expr node, long offset, long[] strides) {
    }

    private Views() {
    }

    /** Whether a node has the elements of its input, in other places. */
    static boolean isView(Expr node) {
        return switch (node.op()) {
            case Op.Permute _, Op.Broadcast _, Op.Slice _, Op.Unfold _, Op.Detach _, Op.Reshape _ -> true;
            default -> false;
        };
    }

    /** Whether a node is a reshape that cannot be looked through. */
    static boolean isOpaque(Expr node) {
        return node.op() instanceof Op.Reshape && !Affine.passes(node.input(0).shape(), node.shape());
    }

    /** The lowest node that can be reached through affine maps. */
    static Base base(Expr node) {
        return base(node, Affine.identity(node.rank()));
    }

    static Base base(Expr node, Affine at) {
        Seen seen = through(node, at);
        Expr lowest = seen.node();
        // a reshape that cannot be looked through has its input in memory: the same row-major order
        Expr inMemory = lowest.op() instanceof Op.Reshape ? lowest.input(0) : lowest;
        return new Base(inMemory, seen.at().offset(lowest.shape()), seen.at().strides(lowest.shape()));
    }

    /** A node that is seen through views: which element of it each place shows. */
    record Seen(Expr node, Affine at) {
    }

    /** Looks down to a node that is no view, or to a reshape that cannot be looked through. */
    static Seen through(Expr node, Affine at) {
        return switch (node.op()) {
            case Op.Permute(var order) -> through(node.input(0), at.permuted(order));
            case Op.Broadcast(_, var axes) -> through(node.input(0), at.without(axes));
            case Op.Slice(var starts, var steps, _) -> through(node.input(0), at.sliced(starts, steps));
            case Op.Unfold(int axis, _, int step) -> through(node.input(0), at.unfolded(axis, step));
            case Op.Detach _ -> through(node.input(0), at);
            case Op.Reshape _ when !isOpaque(node) ->
                through(node.input(0), at.reshaped(node.input(0).shape(), node.shape()));
            default -> new Seen(node, at);
        };
    }

    /** Where a product finds its operand: in the memory below the views if a BLAS can express them, else in a copy. */
    static Base operand(Expr operand) {
        Base base = base(operand);
        return fitsBlas(operand, base) ? base : new Base(operand, 0, operand.shape().strides());
    }

    /** Whether rows or columns are contiguous, and the others do not overlap, as a BLAS wants its operands. */
    static boolean fitsBlas(Expr operand, Base base) {
        int rank = operand.rank();
        long[] s = base.strides();
        int rows = operand.size(rank - 2), columns = operand.size(rank - 1);
        boolean byRows = (s[rank - 1] == 1 || columns == 1) && (s[rank - 2] >= columns || rows == 1);
        boolean byColumns = (s[rank - 2] == 1 || rows == 1) && (s[rank - 1] >= rows || columns == 1);
        return (byRows || byColumns) && IntStream.range(0, rank).allMatch(axis -> s[axis] >= 0);
    }
}
