package dev.joule.autodiff;

import java.util.ArrayList;
import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.Shape;

/** NumPy's rules: shapes are aligned at their last axes, and an axis of size 1, or none, is repeated. Of two types the larger one wins. */
final class Broadcasting {
    private Broadcasting() {
    }

    /** The common shape of two arrays, for the operation {@code name}. */
    static Shape common(String name, Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        int[] sizes = new int[rank];
        for (int back = 1; back <= rank; back++) {
            int p = back <= a.rank() ? a.size(-back) : 1, q = back <= b.rank() ? b.size(-back) : 1;
            if (p != q && p != 1 && q != 1) {
                throw Origin.error(name + ": shapes differ and do not broadcast: " + a + " and " + b);
            }
            sizes[rank - back] = p == 1 ? q : p;
        }
        return Shape.of(sizes);
    }

    /** {@code x} repeated to a shape. */
    static Expr to(String name, Expr x, Shape target) {
        if (x.shape().equals(target)) {
            return x;
        }
        int missing = target.rank() - x.rank();
        List<Integer> repeated = new ArrayList<>();
        List<Integer> kept = new ArrayList<>();
        for (int axis = 0; axis < target.rank(); axis++) {
            int size = axis < missing ? 1 : x.shape().size(axis - missing);
            if (axis < missing || size != target.size(axis)) {
                if (size != 1) {
                    throw Origin.error(name + ": " + x.shape() + " does not broadcast to " + target);
                }
                repeated.add(axis);
            } else {
                kept.add(size);
            }
        }
        if (missing < 0) {
            throw Origin.error(name + ": " + x.shape() + " does not broadcast to " + target + ", which has fewer axes");
        }
        Expr narrow = x.reshape(Shape.of(kept.stream().mapToInt(Integer::intValue).toArray()));
        return narrow.broadcast(target, repeated);
    }

    /** The type that holds both: int32, then float32, then float64. */
    static DType common(DType a, DType b) {
        return rank(a) >= rank(b) ? a : b;
    }

    private static int rank(DType dtype) {
        return switch (dtype) {
            case INT32 -> 0;
            case FLOAT32 -> 1;
            case FLOAT64 -> 2;
        };
    }
}
