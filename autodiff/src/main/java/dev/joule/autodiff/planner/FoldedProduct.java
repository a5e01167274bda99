package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.View;

/**
 * Windows that a product gives, fold(a b), as in the gradient of a convolution and in a transposed one. For each place within a window
 * there is a smaller product, which adds to the places where that lies; the windows themselves need no memory.
 *
 * @param fold     the sum of windows
 * @param product  a b
 * @param windows  the axes of all windows: those of the fold's result, each folded one twice, as the windows and the places in them
 * @param at       which element of the product each of them shows
 * @param result   which element of the result it is added to
 * @param places   the axes that are places in windows
 */
record FoldedProduct(Expr fold, Expr product, int[] windows, Affine at, Affine result, List<Integer> places) {
    /** With fewer columns in each product a loop that adds up windows is quicker. */
    private static final int FEWEST_COLUMNS = 8;
    /** Products that a fold becomes. */
    private static final int MOST_PLACES = 64;

    /** All such folds of a program, and the nodes that have become part of them. */
    record All(Map<Expr, FoldedProduct> products, Set<Expr> parts) {
        /** @param order all nodes, inputs first; @param roots those that the user or an update reads */
        static All in(List<Expr> order, Collection<Expr> roots) {
            Uses uses = Uses.in(order, roots);
            All all = new All(new HashMap<>(), new HashSet<>());
            for (Expr node : order.reversed()) {
                if (node.op() instanceof Op.Fold && !all.parts.contains(node)) {
                    all.add(node, uses);
                }
            }
            return all;
        }

        private void add(Expr fold, Uses uses) {
            List<Expr> inside = new ArrayList<>();
            Expr next = fold.input(0);
            while (uses.isOnce(next) && (next.op() instanceof Op.Fold || Views.isView(next))) {
                inside.add(next);
                next = next.input(0);
            }
            if (uses.isOnce(next) && next.op() instanceof Op.MatMul) {
                inside.add(next);
                of(fold, next).ifPresent(product -> {
                    products.put(fold, product);
                    parts.addAll(inside);
                });
            }
        }
    }

    private static Optional<FoldedProduct> of(Expr fold, Expr product) {
        List<Op.Fold> folds = new ArrayList<>();
        Expr windows = fold;
        while (windows.op() instanceof Op.Fold each) {
            folds.add(each);
            windows = windows.input(0);
        }
        Affine result = Affine.identity(windows.rank());
        List<Integer> places = new ArrayList<>();
        for (Op.Fold each : folds.reversed()) {
            places.add(behind(places, each.axis() + 1));
            result = result.unfolded(each.axis(), each.step());
        }
        Views.Seen seen = Views.through(windows, Affine.identity(windows.rank()));
        FoldedProduct folded = new FoldedProduct(fold, product, windows.shape().toArray(), seen.at(), result,
                List.copyOf(places));
        return seen.node() == product && folded.isPossible() ? Optional.of(folded) : Optional.empty();
    }

    /** The number that an axis has where those that are folded are counted, too. */
    private static int behind(List<Integer> folded, int axis) {
        int number = axis;
        for (int place : folded.stream().sorted().toList()) {
            number += place <= number ? 1 : 0;
        }
        return number;
    }

    /** Whether places are columns of b, the last axis too, and all others rows of a, of which b is the same for all. */
    private boolean isPossible() {
        int last = windows.length - 1;
        Expr a = product.input(0), b = product.input(1);
        long[] aStrides = Views.operand(a).strides(), bStrides = Views.operand(b).strides();
        return windows[last] >= FEWEST_COLUMNS && is(last, true) && at.factors()[product.rank() - 1][last] == 1
                && result.strides(fold.shape())[last] == 1
                && places.stream().mapToLong(axis -> windows[axis]).reduce(1, (x, y) -> x * y) <= MOST_PLACES
                && IntStream.range(0, last).allMatch(axis -> windows[axis] == 1 || is(axis, places.contains(axis)))
                && Arrays.stream(at.offsets()).allMatch(offset -> offset == 0)
                && IntStream.range(0, b.rank() - 2).allMatch(axis -> bStrides[axis] == 0)
                && aStrides[a.rank() - 1] == 1
                && Arrays.stream(rows()).allMatch(axis -> row(axis, aStrides) >= a.size(-1));
    }

    /** Whether an axis goes over columns of the product, and not over its rows; or the other way. */
    private boolean is(int axis, boolean column) {
        int last = product.rank() - 1;
        return at.factors()[last][axis] != 0 == column
                && IntStream.range(0, last).anyMatch(row -> at.factors()[row][axis] != 0) != column;
    }

    /** The axes that are rows of a. */
    private int[] rows() {
        return IntStream.range(0, windows.length - 1).filter(axis -> windows[axis] > 1 && !places.contains(axis)).toArray();
    }

    /** Elements of a, or of its rows, from one place of an axis to the next. */
    private long row(int axis, long[] strides) {
        return IntStream.range(0, product.rank() - 1).mapToLong(row -> at.factors()[row][axis] * strides[row]).sum();
    }

    private long column(int axis, long[] strides) {
        int column = product.rank() - 1;
        return at.factors()[column][axis] * strides[column];
    }

    /** The products, one for each place within a window. The innermost axis of rows is that of the matrices' rows, the others are of a batch. */
    List<MatMulStep> steps(View a, View b, int slot, String origin) {
        int rank = product.rank(), last = windows.length - 1;
        long[] to = result.strides(fold.shape());
        int[] rows = rows(), sizes = Arrays.stream(rows).map(axis -> windows[axis]).toArray();
        int outer = Math.max(0, rows.length - 1);
        View left = new View(a.slot(), a.offset(), strides(rows, axis -> row(axis, a.strides()), a.strides()[rank - 1]));
        long[] right = new long[outer + 2];
        right[outer] = b.strides()[rank - 2];
        right[outer + 1] = column(last, b.strides());
        long[] sum = strides(rows, axis -> to[axis], 1);
        List<MatMulStep> steps = new ArrayList<>();
        for (int[] place : eachPlace()) {
            long column = b.offset(), start = 0;
            for (int i = 0; i < place.length; i++) {
                column += place[i] * column(places.get(i), b.strides());
                start += place[i] * to[places.get(i)];
            }
            steps.add(new MatMulStep(Arrays.copyOf(sizes, outer), rows.length == 0 ? 1 : sizes[outer], windows[last],
                    product.input(0).size(-1), left, new View(b.slot(), column, right), new View(slot, start, sum), true,
                    origin));
        }
        return steps;
    }

    /** Of a matrix for each place of the outer axes: those of rows, and at last that of columns. */
    private static long[] strides(int[] rows, IntToLongFunction stride, long column) {
        long[] strides = new long[Math.max(1, rows.length) + 1];
        for (int i = 0; i < rows.length; i++) {
            strides[i] = stride.applyAsLong(rows[i]);
        }
        strides[strides.length - 1] = column;
        return strides;
    }

    /** All places within a window. */
    private List<int[]> eachPlace() {
        List<int[]> all = List.of(new int[0]);
        for (int axis : places) {
            all = all.stream().flatMap(place -> IntStream.range(0, windows[axis]).mapToObj(next -> {
                int[] longer = Arrays.copyOf(place, place.length + 1);
                longer[place.length] = next;
                return longer;
            })).toList();
        }
        return all;
    }
}
