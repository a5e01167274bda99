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
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.autodiff.rewrite.Rule;
import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.plan.View;

/**
 * The left operand of a product, as it lies below its views: its rows, or its depth, may be several axes there. So a convolution reads the
 * windows of an image, [image, y, x] by [kernel, kernel · channels], which nobody has written out; and so does the gradient of its
 * weights, the other way round.
 *
 * @param node    what has the memory
 * @param strides for each axis of the batch, of the rows and of the depth
 */
record WindowOperand(Expr node, long offset, int[] rows, int[] depth, long[] strides) {
    /** Fewer numbers than this in a row of what a kernel does at once, or in a piece of its depth: better to write windows out. */
    private static final int FEWEST = 3;

    /** A kernel reads windows on the left. They come to the right in the gradient of a transposed convolution's weights. */
    static final Rule LEFT = new Rule("windows-on-the-left", "a b → (bᵀ aᵀ)ᵀ, where b is windows", WindowOperand::left);

    /** Those of a program, by product, and the reshapes that only they look through. */
    record All(Map<Expr, WindowOperand> operands, Set<Expr> reshapes) {
        /**
         * @param order  all nodes, inputs first
         * @param roots  those that the user or an update reads
         * @param folded products that are part of a fold
         */
        static All in(List<Expr> order, Collection<Expr> roots, Set<Expr> folded) {
            Map<Expr, List<Expr>> users = new HashMap<>();
            order.forEach(node -> node.inputs().forEach(input -> users.computeIfAbsent(input, _ -> new ArrayList<>()).add(node)));
            All all = new All(new HashMap<>(), new HashSet<>());
            for (Expr node : order) {
                if (Views.isOpaque(node) && node.dtype() == DType.FLOAT32 && !roots.contains(node)) {
                    all.add(node, users, roots, folded);
                }
            }
            return all;
        }

        /** If all who use a reshape are products that can read what is below it. */
        private void add(Expr reshape, Map<Expr, List<Expr>> users, Collection<Expr> roots, Set<Expr> folded) {
            Map<Expr, WindowOperand> read = new HashMap<>();
            for (Expr user : users.getOrDefault(reshape, List.of())) {
                boolean transposed = user.op() instanceof Op.Permute && !roots.contains(user);
                for (Expr product : transposed ? users.getOrDefault(user, List.of()) : List.of(user)) {
                    Optional<WindowOperand> operand = of(product, transposed ? user : reshape, reshape);
                    if (operand.isEmpty() || folded.contains(product)) {
                        return;
                    }
                    read.put(product, operand.get());
                }
            }
            operands.putAll(read);
            reshapes.add(reshape);
        }
    }

    private static Optional<Expr> left(Expr product) {
        if (!(product.op() instanceof Op.MatMul) || product.dtype() != DType.FLOAT32) {
            return Optional.empty();
        }
        Expr b = product.input(1), reshape = b.op() instanceof Op.Permute ? b.input(0) : b;
        boolean turned = b.op() instanceof Op.Permute && reshape.transpose().equals(b);
        if (!Views.isOpaque(reshape) || reshape != b && !turned) {
            return Optional.empty();
        }
        Expr other = (turned ? reshape : b.transpose()).matmul(product.input(0).transpose());
        return of(other, other.input(0), reshape).map(_ -> other.transpose());
    }

    /** @param a the reshape, or a permutation of it */
    private static Optional<WindowOperand> of(Expr product, Expr a, Expr reshape) {
        Expr inner = reshape.input(0);
        if (!(product.op() instanceof Op.MatMul) || product.input(0) != a || product.input(1) == a
                || !Affine.passes(reshape.shape(), inner.shape())) {
            return Optional.empty();
        }
        List<List<Integer>> axes = runs(reshape.shape(), inner.shape());
        if (a.op() instanceof Op.Permute(var order)) {
            axes = order.stream().map(axes::get).toList();
        }
        int batch = a.rank() - 2;
        if (axes.subList(0, batch).stream().anyMatch(run -> run.size() != 1)) {
            return Optional.empty();
        }
        List<Integer> all = axes.stream().flatMap(List::stream).toList();
        int rows = batch + axes.get(batch).size();
        Views.Base base = Views.base(inner, axes(all, inner.rank()));
        List<Axis> found = IntStream.range(0, all.size()).mapToObj(i -> new Axis(inner.size(all.get(i)), base.strides()[i]))
                .toList();
        WindowOperand operand = of(base, found.subList(0, batch), joined(found.subList(batch, rows)),
                joined(found.subList(rows, found.size())));
        return operand.isPossible() ? Optional.of(operand) : Optional.empty();
    }

    View view(int slot) {
        return new View(slot, offset, strides);
    }

    private record Axis(int size, long stride) {
    }

    private static WindowOperand of(Views.Base base, List<Axis> batch, List<Axis> rows, List<Axis> depth) {
        long[] strides = Stream.of(batch, rows, depth).flatMap(List::stream).mapToLong(Axis::stride).toArray();
        return new WindowOperand(base.node(), base.offset(), rows.stream().mapToInt(Axis::size).toArray(),
                depth.stream().mapToInt(Axis::size).toArray(), strides);
    }

    /** The fewest axes that go over the same elements. */
    private static List<Axis> joined(List<Axis> axes) {
        List<Axis> joined = new ArrayList<>();
        for (Axis axis : axes) {
            if (!joined.isEmpty() && joined.getLast().stride == axis.stride * axis.size) {
                joined.add(new Axis(joined.removeLast().size * axis.size, axis.stride));
            } else if (axis.size > 1) {
                joined.add(axis);
            }
        }
        return joined;
    }

    /** Whether a kernel can read it, and quickly: numbers lie side by side in rows or in columns, and enough of both. */
    private boolean isPossible() {
        return rows.length > 0 && depth.length > 0 && rows.length + depth.length > 2
                && Math.min(rows[rows.length - 1], depth[depth.length - 1]) >= FEWEST
                && (strides[strides.length - 1] == 1 || strides[strides.length - 1 - depth.length] == 1)
                && Arrays.stream(strides).allMatch(stride -> stride >= 0);
    }

    /** The axes of the one shape that are each axis of the other. */
    private static List<List<Integer>> runs(Shape joined, Shape single) {
        return Arrays.stream(Affine.identity(single.rank()).reshaped(joined, single).factors())
                .map(factors -> IntStream.range(0, factors.length).filter(axis -> factors[axis] != 0).boxed().toList()).toList();
    }

    /** The axes of an array as axes of a domain in another order, which may leave out some of size 1. */
    private static Affine axes(List<Integer> order, int rank) {
        long[][] factors = new long[rank][order.size()];
        for (int i = 0; i < order.size(); i++) {
            factors[order.get(i)][i] = 1;
        }
        return new Affine(order.size(), new long[rank], factors);
    }
}
