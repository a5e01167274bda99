package dev.joule.autodiff;

/** {@link Expr#unfold} and {@link Expr#fold}, brought to the primitive operations. */
final class Windows {
    /** More windows over one place are summed in several parts: each place of the edges has a loop of its own. */
    static final int MOST_ABOVE = 16;

    private Windows() {
    }

    /** How many windows fit into an axis. */
    static int count(int length, int size, int step) {
        return (length - size) / step + 1;
    }

    static Expr unfold(Expr x, int axis, int size, int step) {
        if (size < 1 || step < 1 || size > x.size(axis)) {
            throw Origin
                    .error("unfold: no windows of " + size + " places, " + step + " apart, in axis " + axis + " of " + x.shape());
        }
        return Expr.of(new Op.Unfold(axis, size, step), x);
    }

    /** The length of an axis that ends where the last of its windows does. */
    static int length(Expr x, int axis, int step) {
        if (axis + 1 >= x.rank() || step < 1 || x.size(axis) < 1 || x.size(axis + 1) < 1) {
            throw Origin.error("fold: no windows " + step + " apart in axes " + axis + " and " + (axis + 1) + " of " + x.shape());
        }
        return Expr.size("fold", (x.size(axis) - 1L) * step + x.size(axis + 1));
    }

    /** @param length of the axis of the result; zeros are behind the last window */
    static Expr fold(Expr x, int axis, int length, int step) {
        int size = x.size(axis + 1), part = (int) Math.min(size, (long) MOST_ABOVE * step);
        if (size == part) {
            return Expr.of(new Op.Fold(axis, length, step), x);
        }
        return fold(x.slice(axis + 1, 0, part), axis, length, step)
                .add(fold(x.slice(axis + 1, part, size), axis, length - part, step).pad(axis, part, 0));
    }
}
