package dev.joule.autodiff;

import java.util.List;

import dev.joule.core.Shape;

/** {@link Expr#unfold} and {@link Expr#fold}, brought to the primitive operations. */
final class Windows {
    /** Most windows over one place for one {@link Op.Fold}, as each place of the edges has a loop of its own. */
    private static final int MOST_ABOVE = 16;
    /** How much longer than a window an axis may be for all windows to be written out to its length. */
    private static final long MOST_ZEROS = 4;

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
        int size = x.size(axis + 1);
        if (size <= (long) MOST_ABOVE * step) {
            return Expr.of(new Op.Fold(axis, length, step), x);
        }
        return length <= MOST_ZEROS * size ? skewed(x, axis, length, step) : inParts(x, axis, length, step);
    }

    /** The sum of rows of the axis' length: as windows with zeros behind them are a step longer than that, each row begins a step later. */
    private static Expr skewed(Expr x, int axis, int length, int step) {
        int count = x.size(axis), longer = Expr.size("fold", (long) length + step);
        Shape windows = x.shape().without(Types.mask(List.of(axis + 1), x.rank()));
        return x.pad(axis + 1, 0, longer - x.size(axis + 1)).reshape(windows.with(axis, Expr.size("fold", (long) count * longer)))
                .slice(axis, 0, count * length).reshape(windows.insert(axis + 1, length)).sum(axis);
    }

    /** The first elements of all windows, and the next ones, and so on. */
    private static Expr inParts(Expr x, int axis, int length, int step) {
        int size = x.size(axis + 1), part = MOST_ABOVE * step;
        Expr sum = null;
        for (int from = 0; from < size; from += part) {
            Expr some = x.slice(axis + 1, from, Math.min(size, from + part));
            Expr folded = Expr.of(new Op.Fold(axis, length - from, step), some).pad(axis, from, 0);
            sum = sum == null ? folded : sum.add(folded);
        }
        return sum;
    }
}
