package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Op;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;

/** Turns each materialised node into the kernels that compute it, with everything that is not materialised inside. */
final class Lowering {
    private final SumOfProducts sums;
    private final Map<Expr, FoldedProduct> folded;
    private final Map<Expr, WindowOperand> windows;
    private final Map<Expr, Integer> slots = new LinkedHashMap<>();
    private final Map<Expr, Integer> streams;
    private final List<Kernel> kernels = new ArrayList<>();

    private Lowering(SumOfProducts sums, Map<Expr, FoldedProduct> folded, Map<Expr, WindowOperand> windows,
            Map<Expr, Integer> streams) {
        this.sums = sums;
        this.folded = folded;
        this.windows = windows;
        this.streams = streams;
    }

    /** @param slots the slot of each materialised node */
    record Result(List<Kernel> kernels, Map<Expr, Integer> slots) {
    }

    /**
     * @param order   all nodes, inputs first
     * @param streams the number of each node that draws random elements
     */
    static Result lower(List<Expr> order, Set<Expr> materialised, SumOfProducts sums, Map<Expr, FoldedProduct> folded,
            Map<Expr, WindowOperand> windows, Map<Expr, Integer> streams) {
        Lowering lowering = new Lowering(sums, folded, windows, streams);
        for (Expr node : order) {
            if (materialised.contains(node)) {
                lowering.slots.put(node, lowering.slots.size());
                lowering.kernel(node);
            }
        }
        return new Result(lowering.kernels, lowering.slots);
    }

    private void kernel(Expr node) {
        if (sums.isSum(node)) {
            List<Expr> products = sums.products(node);
            products.forEach(product -> product(product, node, product != products.getFirst()));
            return;
        }
        switch (node.op()) {
            case Op.Variable _, Op.Data _ -> {
            }
            case Op.Reduce reduce -> reduction(node, reduce);
            case Op.MatMul _ -> product(node, node, false);
            case Op.ScatterRows _ -> scatter(node, node.input(0), node.input(1), Optional.empty());
            case Op.WithRows _ -> scatter(node, node.input(1), node.input(2), Optional.of(node.input(0)));
            case Op.Concat(int axis) -> concat(node, axis);
            case Op.Embed(var starts, var steps, _) -> embed(node, starts, steps);
            case Op.Fold _ when folded.containsKey(node) -> fold(node, folded.get(node));
            case Op.Fold(int axis, _, int step) -> fold(node, axis, step);
            case Op.Constant _, Op.Random _, Op.Range _, Op.Map _, Op.Zip _, Op.Select _, Op.Cast _, Op.Detach _, Op.Reshape _, Op.Permute _,
                    Op.Broadcast _, Op.Slice _, Op.Unfold _, Op.Rows _ -> loop(node, node, whole(node));
        }
    }

    private View whole(Expr node) {
        return new View(slots.get(node), 0, node.shape().strides());
    }

    private static String origin(Expr node) {
        Expr named = node.op() instanceof Op.Detach ? node.input(0) : node;
        return Names.of(named) + " " + named.shape() + " at " + named.origin();
    }

    private View view(Expr node, Affine at) {
        return new View(slots.get(node), at.offset(node.shape()), at.strides(node.shape()));
    }

    private Body body(Kernel.Loop loop, Expr root) {
        return new Body(slots, streams, loop, root);
    }

    /** A loop over {@code value} that writes it to a view. */
    private void loop(Expr node, Expr value, View to) {
        int rank = value.rank();
        Kernel.Loop loop = new Kernel.Loop(value.shape().toArray(), rank, rank, origin(node));
        loop.store(body(loop, node).of(value, Affine.identity(rank)), to);
        kernels.add(loop);
    }

    /** The axes in the order kept, reduced, kept: those kept behind the last reduced one stay innermost. */
    private void reduction(Expr node, Op.Reduce reduce) {
        Expr x = node.input(0);
        List<Integer> axes = reduce.axes();
        int last = axes.getLast();
        List<Integer> order = new ArrayList<>();
        IntStream.range(0, last).filter(axis -> !axes.contains(axis)).forEach(order::add);
        int from = order.size();
        order.addAll(axes);
        int to = order.size();
        IntStream.range(last + 1, x.rank()).forEach(order::add);
        int[] domain = order.stream().mapToInt(x::size).toArray();
        Affine at = Affine.axes(x.rank(), IntStream.range(0, x.rank()).map(order::indexOf).toArray());
        Kernel.Loop loop = new Kernel.Loop(domain, from, to, origin(node));
        int register = body(loop, null).of(x, at);
        long[] kept = node.shape().strides();
        long[] strides = new long[x.rank()];
        for (int d = 0, next = 0; d < strides.length; d++) {
            strides[d] = d >= from && d < to ? 0 : kept[next++];
        }
        loop.reduce(new LoopStep.Reduction(register, reduce.reducer(), new View(slots.get(node), 0, strides)));
        kernels.add(loop);
    }

    /** Writes a product to the memory of {@code sum}, or adds it to what is there. */
    private void product(Expr node, Expr sum, boolean accumulate) {
        Expr a = node.input(0), b = node.input(1);
        int[] batch = node.shape().slice(0, node.rank() - 2).toArray();
        View right = operand(b), result = whole(sum);
        WindowOperand left = windows.get(node);
        kernels.add(Kernel.Fixed.of(left == null
                ? new MatMulStep(batch, a.size(-2), b.size(-1), a.size(-1), operand(a), right, result, accumulate, origin(node))
                : new MatMulStep(batch, left.rows(), b.size(-1), left.depth(), left.view(slots.get(left.node())), right, result,
                        accumulate, origin(node))));
    }

    private View operand(Expr x) {
        if (slots.containsKey(x)) {
            return whole(x);
        }
        Views.Base base = Views.operand(x);
        return new View(slots.get(base.node()), base.offset(), base.strides());
    }

    /** @param base whose other rows are kept; nothing if rows are added to zeros */
    private void scatter(Expr node, Expr index, Expr source, Optional<Expr> base) {
        int count = Math.toIntExact(index.shape().count()), rows = node.size(0),
                width = Math.toIntExact(node.shape().slice(1, node.rank()).count());
        ScatterStep step = new ScatterStep(count, width, rows, new View(slots.get(index), 0, new long[]{1}),
                matrix(source, width), base.map(x -> matrix(x, width)), matrix(node, width), origin(node));
        kernels.add(Kernel.Fixed.of(step));
    }

    private View matrix(Expr x, int width) {
        return new View(slots.get(x), 0, new long[]{width, 1});
    }

    private void concat(Expr node, int axis) {
        long[] strides = node.shape().strides();
        long from = 0;
        for (Expr part : node.inputs()) {
            loop(node, part, new View(slots.get(node), from, strides));
            from += part.size(axis) * strides[axis];
        }
    }

    private void embed(Expr node, List<Integer> starts, List<Integer> steps) {
        Expr x = node.input(0);
        int rank = node.rank();
        int[] from = new int[rank], to = new int[rank];
        boolean gaps = false;
        for (int axis = 0; axis < rank; axis++) {
            int last = starts.get(axis) + (x.size(axis) - 1) * steps.get(axis);
            from[axis] = x.size(axis) == 0 ? 0 : Math.min(starts.get(axis), last);
            to[axis] = from[axis] + x.size(axis);
            gaps |= Math.abs(steps.get(axis)) != 1 && x.size(axis) > 1;
        }
        if (gaps) {
            zeros(node, new int[rank], node.shape().toArray());
        } else {
            border(node, from, to);
        }
        loop(node, x, view(node, Affine.identity(rank).sliced(starts, steps)));
    }

    /** Zeros everywhere but in a box: along each axis before and behind it, as far as the box reaches along the axes that come before. */
    private void border(Expr node, int[] from, int[] to) {
        int[] first = new int[from.length], last = node.shape().toArray();
        for (int axis = 0; axis < from.length; axis++) {
            int end = last[axis];
            last[axis] = from[axis];
            zeros(node, first, last);
            first[axis] = to[axis];
            last[axis] = end;
            zeros(node, first, last);
            first[axis] = from[axis];
            last[axis] = to[axis];
        }
    }

    /** Zeros in a box. */
    private void zeros(Expr node, int[] from, int[] to) {
        int[] domain = IntStream.range(0, from.length).map(axis -> to[axis] - from[axis]).toArray();
        if (IntStream.of(domain).anyMatch(size -> size == 0)) {
            return;
        }
        Kernel.Loop zero = new Kernel.Loop(domain, domain.length, domain.length, origin(node));
        zero.store(zero.emit(new Instr.Const(node.dtype(), 0)), view(node, Affine.identity(from.length).moved(from)));
        kernels.add(zero);
    }

    /** A loop for all places that are covered alike, which adds up what their windows have there. */
    private void fold(Expr node, int axis, int step) {
        Expr x = node.input(0);
        int count = x.size(axis), size = x.size(axis + 1);
        int[] from = new int[node.rank()], to = node.shape().toArray();
        from[axis] = size < step ? 0 : (count - 1) * step + size;   // with gaps, or behind the last window
        zeros(node, from, to);
        for (Overlap places : Overlap.of(count, size, step)) {
            int[] domain = x.shape().toArray();
            domain[axis] = places.turns();
            domain[axis + 1] = places.width();
            Kernel.Loop loop = new Kernel.Loop(domain, domain.length, domain.length, origin(node));
            Body body = body(loop, node);
            int[] by = new int[x.rank()];
            int sum = -1;
            for (int before = places.from(); before < places.to(); before++) {
                by[axis] = places.turn() - before;
                by[axis + 1] = before * step + places.place();
                int term = body.of(x, Affine.identity(x.rank()).moved(by));
                sum = sum < 0 ? term : loop.emit(new Instr.Zip(node.dtype(), Binary.ADD, sum, term));
            }
            by[axis] = places.turn();
            by[axis + 1] = places.place();
            loop.store(sum, view(node, Affine.identity(x.rank()).moved(by).unfolded(axis, step)));
            kernels.add(loop);
        }
    }

    /** Zeros, and what the products add to them. */
    private void fold(Expr node, FoldedProduct windows) {
        zeros(node, new int[node.rank()], node.shape().toArray());
        View a = operand(windows.product().input(0)), b = operand(windows.product().input(1));
        windows.steps(a, b, slots.get(node), origin(node)).forEach(step -> kernels.add(Kernel.Fixed.of(step)));
    }
}
