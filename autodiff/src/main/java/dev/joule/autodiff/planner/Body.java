package dev.joule.autodiff.planner;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;

/** Writes the instructions of a loop's body: an expression, as far as it is not in memory. */
final class Body {
    private final Map<Expr, Integer> slots;
    private final Map<Expr, Integer> streams;
    private final Kernel.Loop loop;
    private final Expr root;
    private final Map<Expr, Map<Object, Integer>> written = new HashMap<>();

    /**
     * @param slots   of each node that is in memory
     * @param streams the number of each node that draws random elements
     * @param root    the node that this loop computes, itself materialised; null if the loop reads all that is
     */
    Body(Map<Expr, Integer> slots, Map<Expr, Integer> streams, Kernel.Loop loop, Expr root) {
        this.slots = slots;
        this.streams = streams;
        this.loop = loop;
        this.root = root;
    }

    /** The register of x at the places that the map tells; each node is written once for each map. */
    int of(Expr x, Affine at) {
        Map<Object, Integer> known = written.computeIfAbsent(x, _ -> new HashMap<>());
        Integer register = known.get(at.key());
        if (register == null) {
            register = write(x, at);
            known.put(at.key(), register);
        }
        return register;
    }

    private int write(Expr x, Affine at) {
        if (slots.containsKey(x) && x != root) {
            return loop.emit(new Instr.Load(x.dtype(), view(slots.get(x), at, x.shape())));
        }
        return switch (x.op()) {
            case Op.Constant(DType dtype, double value) -> loop.emit(new Instr.Const(dtype, value));
            case Op.Range _ -> loop.emit(new Instr.Index(x.dtype(), view(-1, at, x.shape())));
            case Op.Random(Op.Stream stream) ->
                loop.emit(new Instr.Random(x.dtype(), stream.draw(), streams.get(x), view(-1, at, x.shape())));
            case Op.Map(var f) -> loop.emit(new Instr.Map(x.dtype(), f, of(x.input(0), at)));
            case Op.Zip(var f) -> loop.emit(new Instr.Zip(x.dtype(), f, of(x.input(0), at), of(x.input(1), at)));
            case Op.Select() -> loop.emit(new Instr.Select(x.dtype(), condition(x.input(0), x.dtype(), at),
                    of(x.input(1), at), of(x.input(2), at)));
            case Op.Cast(DType dtype) -> loop.emit(new Instr.Cast(dtype, of(x.input(0), at)));
            case Op.Detach _ -> of(x.input(0), at);
            case Op.Permute(var order) -> of(x.input(0), at.permuted(order));
            case Op.Broadcast(_, var axes) -> of(x.input(0), at.without(axes));
            case Op.Slice(var starts, var steps, _) -> of(x.input(0), at.sliced(starts, steps));
            case Op.Unfold(int axis, _, int step) -> of(x.input(0), at.unfolded(axis, step));
            case Op.Reshape _ -> reshape(x, at);
            case Op.Rows _ -> rows(x, at);
            case Op.Variable _, Op.Data _, Op.Reduce _, Op.MatMul _, Op.Embed _, Op.Concat _, Op.Fold _, Op.ScatterRows _,
                    Op.WithRows _ ->
                throw new IllegalStateException("planner: " + x + " is not in memory");
        };
    }

    /** A condition in the type of the branches, so that a loop of one type stays of one type. */
    private int condition(Expr x, DType dtype, Affine at) {
        int register = of(x, at);
        if (x.dtype() == dtype) {
            return register;
        }
        int zero = loop.emit(new Instr.Const(x.dtype(), 0));   // 0.3 is true, but 0 as an int32
        return loop.emit(new Instr.Cast(dtype,
                loop.emit(new Instr.Zip(x.dtype(), Binary.NOT_EQUAL, register, zero))));
    }

    private int reshape(Expr x, Affine at) {
        Expr input = x.input(0);
        if (slots.containsKey(input)) {   // the same row-major order
            return loop.emit(new Instr.Load(x.dtype(), view(slots.get(input), at, x.shape())));
        }
        return of(input, at.reshaped(input.shape(), x.shape()));
    }

    /** Axes of the index come first, then those of a row. */
    private int rows(Expr x, Affine at) {
        Expr source = x.input(0), index = x.input(1);
        int register = of(index, part(at, 0, index.rank()));
        Affine rest = part(at, index.rank(), x.rank());
        // a row's elements: the position in the source with row 0
        long[] offsets = new long[source.rank()];
        long[][] factors = new long[source.rank()][at.domainRank()];
        for (int axis = 1; axis < source.rank(); axis++) {
            offsets[axis] = rest.offsets()[axis - 1];
            factors[axis] = rest.factors()[axis - 1];
        }
        Affine first = new Affine(at.domainRank(), offsets, factors);
        long[][] along = new long[source.rank()][1];
        along[0][0] = 1;
        Affine down = new Affine(1, new long[source.rank()], along);
        View elements = place(source, first), row = place(source, down);
        return loop.emit(new Instr.Gather(x.dtype(), elements, row.strides()[0], source.size(0), register));
    }

    /** Where elements lie that are in memory, or are a view of what is. */
    private View place(Expr x, Affine at) {
        if (slots.containsKey(x)) {
            return view(slots.get(x), at, x.shape());
        }
        Views.Base base = Views.base(x, at);
        return new View(slots.get(base.node()), base.offset(), base.strides());
    }

    private Affine part(Affine at, int from, int to) {
        return new Affine(at.domainRank(), Arrays.copyOfRange(at.offsets(), from, to),
                Arrays.copyOfRange(at.factors(), from, to));
    }

    private View view(int slot, Affine at, Shape shape) {
        return new View(slot, at.offset(shape), at.strides(shape));
    }
}
