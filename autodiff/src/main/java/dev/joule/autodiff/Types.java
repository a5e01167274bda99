package dev.joule.autodiff;

import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.Shape;

/** The type and shape of each operation's result. The inputs have been checked where the expression was built. */
final class Types {
    record Type(DType dtype, Shape shape) {
    }

    private Types() {
    }

    static Type of(Op op, List<Expr> in) {
        return switch (op) {
            case Op.Constant(DType dtype, _) -> new Type(dtype, Shape.SCALAR);
            case Op.Data(Op.Array array) -> new Type(array.dtype, array.shape);
            case Op.Variable(Op.Slot slot) -> new Type(slot.initial.dtype(), slot.initial.shape());
            case Op.Random(Op.Stream stream) -> new Type(stream.dtype, stream.shape);
            case Op.Range(int n) -> new Type(DType.INT32, Shape.of(n));
            case Op.Map _, Op.Zip _, Op.Detach _, Op.WithRows _ -> in.getFirst().type();
            case Op.Select _ -> in.get(1).type();
            case Op.Cast(DType dtype) -> new Type(dtype, in.getFirst().shape());
            case Op.Reduce(_, List<Integer> axes) ->
                like(in.getFirst(), in.getFirst().shape().without(mask(axes, in.getFirst().rank())));
            case Op.MatMul() -> {
                Shape a = in.get(0).shape(), b = in.get(1).shape();
                yield like(in.getFirst(), a.with(-1, b.size(-1)));
            }
            case Op.Reshape(Shape shape) -> like(in.getFirst(), shape);
            case Op.Permute(List<Integer> order) -> like(in.getFirst(),
                    Shape.of(order.stream().mapToInt(axis -> in.getFirst().shape().size(axis)).toArray()));
            case Op.Broadcast(Shape shape, _) -> like(in.getFirst(), shape);
            case Op.Slice(_, _, Shape shape) -> like(in.getFirst(), shape);
            case Op.Embed(_, _, Shape shape) -> like(in.getFirst(), shape);
            case Op.Concat(int axis) -> like(in.getFirst(),
                    in.getFirst().shape().with(axis,
                            Expr.size("concat", in.stream().mapToLong(part -> part.shape().size(axis)).sum())));
            case Op.Unfold(int axis, int size, int step) -> {
                Shape x = in.getFirst().shape();
                yield like(in.getFirst(), x.with(axis, Windows.count(x.size(axis), size, step)).insert(axis + 1, size));
            }
            case Op.Fold(int axis, int length, _) ->
                like(in.getFirst(),
                        in.getFirst().shape().without(mask(List.of(axis + 1), in.getFirst().rank())).with(axis, length));
            case Op.Rows() -> like(in.getFirst(), in.get(1).shape().concat(in.getFirst().shape().slice(1, in.getFirst().rank())));
            case Op.ScatterRows(int rows) -> {
                Shape where = in.get(0).shape(), y = in.get(1).shape();
                yield like(in.get(1), Shape.of(rows).concat(y.slice(where.rank(), y.rank())));
            }
        };
    }

    private static Type like(Expr input, Shape shape) {
        return new Type(input.dtype(), shape);
    }

    static boolean[] mask(List<Integer> axes, int rank) {
        boolean[] mask = new boolean[rank];
        axes.forEach(axis -> mask[axis] = true);
        return mask;
    }
}
