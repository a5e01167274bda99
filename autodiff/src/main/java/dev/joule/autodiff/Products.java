package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.range;
import static dev.joule.autodiff.Functions.concat;
import static dev.joule.autodiff.Functions.where;

import java.util.Arrays;
import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.Shape;

/** The longer words of {@link Expr}: matrix products, products of elements, and gathers, brought to the primitive operations. */
final class Products {
    private Products() {
    }

    static Expr matmul(Expr left, Expr right) {
        if (left.rank() < 2 || right.rank() < 2) {
            throw Origin.error("matmul: needs at least two axes on each side: " + left.shape() + " x " + right.shape());
        }
        if (left.size(-1) != right.size(-2)) {
            throw Origin.error("matmul: inner sizes differ: " + left.shape() + " x " + right.shape());
        }
        DType dtype = Broadcasting.common(left.real("matmul").dtype(), right.real("matmul").dtype());
        Expr a = left.cast(dtype), b = right.cast(dtype);
        if (b.rank() == 2 && a.rank() > 2) {   // one tall product in place of many
            int rows = Expr.size("matmul", a.shape().slice(0, a.rank() - 1).count());
            return matmul(a.reshape(rows, a.size(-1)), b).reshape(a.shape().with(-1, b.size(-1)));
        }
        Shape batch = Broadcasting.common("matmul", a.shape().slice(0, a.rank() - 2), b.shape().slice(0, b.rank() - 2));
        return Expr.of(new Op.MatMul(), a.broadcast(batch.concat(a.shape().slice(a.rank() - 2, a.rank()))),
                b.broadcast(batch.concat(b.shape().slice(b.rank() - 2, b.rank()))));
    }

    /** Halves the reduced axis again and again: log2(n) products of whole arrays, no division, so zeros do no harm. */
    static Expr prod(Expr x, List<Integer> axes) {
        Expr y = x;
        for (int i = axes.size() - 1; i >= 0; i--) {
            int axis = axes.get(i);
            if (y.size(axis) == 0) {
                y = constant(y.dtype(), 1).broadcast(y.shape().with(axis, 1));
            }
            while (y.size(axis) > 1) {
                int n = y.size(axis), half = n / 2;
                Expr pairs = y.slice(axis, 0, half).mul(y.slice(axis, half, 2 * half));
                y = n % 2 == 0 ? pairs : concat(axis, pairs, y.slice(axis, n - 1, n));
            }
            y = y.squeeze(axis);
        }
        return y;
    }

    /** As rows of the flat array: the position in it is that of the other axes plus index * stride. */
    static Expr gather(Expr x, int axis, Expr index) {
        if (index.dtype() != DType.INT32) {
            throw Origin.error("gather: takes an int32 index, not " + index.dtype());
        }
        if (index.rank() != x.rank() || !index.shape().with(axis, 1).equals(x.shape().with(axis, 1))) {
            throw Origin
                    .error("gather: index " + index.shape() + " and array " + x.shape() + " differ in more than axis " + axis);
        }
        long[] strides = x.shape().strides();
        Expr flat = index.mul(strides[axis]);
        Expr inside = index.greater(-1).mul(index.less(x.size(axis)));
        for (int other = 0; other < x.rank(); other++) {
            if (other != axis) {
                int[] along = new int[x.rank()];
                Arrays.fill(along, 1);
                along[other] = x.size(other);
                flat = flat.add(range(x.size(other)).mul(strides[other]).reshape(along));
            }
        }
        return x.reshape(-1).rows(where(inside, flat, constant(DType.INT32, -1)));   // which is refused when it is met
    }
}
