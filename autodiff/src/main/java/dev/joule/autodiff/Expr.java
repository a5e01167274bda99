package dev.joule.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;

/**
 * An expression over arrays: what to compute, not yet the numbers. Immutable; equal expressions are the same object.
 * Shapes and types are checked here, when the expression is written.
 *
 * <p>This class has the operators, reductions and shape words that are chained; functions such as {@code exp} and {@code softplus} are
 * in {@link Functions}, random arrays in {@link Noise}, constants in {@link Constants}. Arguments broadcast as in NumPy; of two
 * types the larger one wins, int32 &lt; float32 &lt; float64. Axes may be counted from the end with negative numbers.
 */
public final class Expr {
    private static final AtomicLong MADE = new AtomicLong();

    private final long age = MADE.incrementAndGet();
    private final Op op;
    private final List<Expr> inputs;
    private final Types.Type type;
    private final String origin;

    Expr(Op op, List<Expr> inputs, Types.Type type, String origin) {
        this.op = op;
        this.inputs = inputs;
        this.type = type;
        this.origin = origin;
    }

    /** The node of an operation over inputs that fit it. For the library's own passes: users write the words below. */
    public static Expr of(Op op, Expr... inputs) {
        return Interned.of(op, List.of(inputs));
    }

    public Op op() {
        return op;
    }

    public List<Expr> inputs() {
        return inputs;
    }

    public Expr input(int i) {
        return inputs.get(i);
    }

    /** A number that is greater than that of all nodes which this one is made of. */
    long age() {
        return age;
    }

    Types.Type type() {
        return type;
    }

    public DType dtype() {
        return type.dtype();
    }

    public Shape shape() {
        return type.shape();
    }

    public int rank() {
        return shape().rank();
    }

    /** Size of one axis. */
    public int size(int axis) {
        return shape().size(axis(axis));
    }

    /** Where it was written: {@code MyLoss.java:42}. */
    public String origin() {
        return origin;
    }

    // ---- operators ----

    public Expr add(Expr other) {
        return zip(Binary.ADD, this, other);
    }

    public Expr add(double other) {
        return add(number(other));
    }

    public Expr sub(Expr other) {
        return zip(Binary.SUB, this, other);
    }

    public Expr sub(double other) {
        return sub(number(other));
    }

    public Expr mul(Expr other) {
        return zip(Binary.MUL, this, other);
    }

    public Expr mul(double other) {
        return mul(number(other));
    }

    public Expr div(Expr other) {
        return zip(Binary.DIV, real("div"), other.real("div"));
    }

    public Expr div(double other) {
        return div(number(other));
    }

    /**
     * As {@link Math#pow}: 1 where the exponent is 0, NaN where a negative base has a fractional exponent, and also for 1^NaN and 1^∞. A
     * derivative by the exponent is 0 where the base is 0 and the exponent is not negative.
     */
    public Expr pow(Expr exponent) {
        return zip(Binary.POW, real("pow"), exponent.real("pow"));
    }

    public Expr pow(double exponent) {
        return exponent == 2 ? mul(this) : pow(number(exponent));
    }

    public Expr neg() {
        return Functions.map(Unary.NEG, this);
    }

    // ---- comparisons: 1 where they hold, else 0, in the common type of both sides ----

    public Expr less(Expr other) {
        return zip(Binary.LESS, this, other);
    }

    public Expr less(double other) {
        return less(number(other));
    }

    public Expr lessEqual(Expr other) {
        return zip(Binary.LESS_EQUAL, this, other);
    }

    public Expr lessEqual(double other) {
        return lessEqual(number(other));
    }

    public Expr greater(Expr other) {
        return other.less(this);
    }

    public Expr greater(double other) {
        return greater(number(other));
    }

    public Expr greaterEqual(Expr other) {
        return other.lessEqual(this);
    }

    public Expr greaterEqual(double other) {
        return greaterEqual(number(other));
    }

    public Expr equal(Expr other) {
        return zip(Binary.EQUAL, this, other);
    }

    public Expr equal(double other) {
        return equal(number(other));
    }

    public Expr notEqual(Expr other) {
        return zip(Binary.NOT_EQUAL, this, other);
    }

    public Expr notEqual(double other) {
        return notEqual(number(other));
    }

    // ---- reductions: over the given axes, which disappear, or over all of them when none is given ----

    public Expr sum(int... axes) {
        return reduce("sum", Reducer.SUM, axes);
    }

    public Expr mean(int... axes) {
        return real("mean").sum(axes).mul(1.0 / counted("mean", axes));
    }

    /** The largest element. Its derivative is shared by equal ones. */
    public Expr max(int... axes) {
        counted("max", axes);
        return reduce("max", Reducer.MAX, axes);
    }

    /** The smallest element. Its derivative is shared by equal ones. */
    public Expr min(int... axes) {
        counted("min", axes);
        // for integers by ~x = -1 - x, as -x of the least one is itself
        return dtype() == DType.INT32 ? neg().sub(1).max(axes).neg().sub(1) : neg().max(axes).neg();
    }

    /** The product, 1 over no elements. Exact derivatives of every order, also at zeros. */
    public Expr prod(int... axes) {
        return Products.prod(this, axes("prod", axes));
    }

    /** The mean squared distance from the mean (divided by the count, not by the count less one). */
    public Expr var(int... axes) {
        Expr x = real("var");
        Expr centred = x.sub(x.mean(axes).restore(this, axes));
        return centred.mul(centred).mean(axes);
    }

    /** A result of reducing {@code whole} over axes, with those axes back at size 1, so that it broadcasts against {@code whole}. */
    public Expr restore(Expr whole, int... axes) {
        int[] sizes = whole.shape().toArray();
        whole.axes("restore", axes).forEach(axis -> sizes[axis] = 1);
        return reshape(sizes);
    }

    // ---- matrix product ----

    /**
     * The matrix product over the last two axes: [*, m, k] x [*, k, n] to [*, m, n]; leading axes broadcast.
     * A transposed side ({@link #transpose}) costs nothing.
     */
    public Expr matmul(Expr other) {
        return Products.matmul(this, other);
    }

    // ---- shape ----

    public Expr reshape(Shape shape) {
        if (shape.count() != shape().count()) {
            throw Origin
                    .error("reshape: " + shape() + " has " + shape().count() + " elements, " + shape + " has " + shape.count());
        }
        return shape.equals(shape()) ? this : of(new Op.Reshape(shape), this);
    }

    /** One size may be -1: it is what is left. */
    public Expr reshape(int... sizes) {
        int open = IntStream.range(0, sizes.length).filter(axis -> sizes[axis] == -1).reduce(-1, (first, next) -> {
            if (first >= 0) {
                throw Origin.error("reshape: more than one -1 in " + Arrays.toString(sizes));
            }
            return next;
        });
        if (open < 0) {
            return reshape(checked("reshape", sizes));
        }
        int[] closed = sizes.clone();
        closed[open] = 1;
        long rest = checked("reshape", closed).count();
        if (rest == 0 || shape().count() % rest != 0) {
            throw Origin.error("reshape: " + shape() + " does not divide into " + Arrays.toString(sizes));
        }
        closed[open] = size("reshape", shape().count() / rest);
        return reshape(Shape.of(closed));
    }

    /** Exchanges the last two axes. */
    public Expr transpose() {
        if (rank() < 2) {
            throw Origin.error("transpose: of two axes, and " + shape() + " has " + rank());
        }
        return transpose(-2, -1);
    }

    /** Exchanges two axes. */
    public Expr transpose(int a, int b) {
        int[] order = IntStream.range(0, rank()).toArray();
        order[axis(a)] = axis(b);
        order[axis(b)] = axis(a);
        return permute(order);
    }

    /** Axis i of the result is axis {@code order[i]} of this. */
    public Expr permute(int... order) {
        List<Integer> axes = Arrays.stream(order).map(this::axis).boxed().toList();
        List<Integer> straight = IntStream.range(0, rank()).boxed().toList();
        if (!axes.stream().sorted().toList().equals(straight)) {
            throw Origin.error("permute: " + Arrays.toString(order) + " is no order of the axes of " + shape());
        }
        return axes.equals(straight) ? this : of(new Op.Permute(axes), this);
    }

    /** An axis of size 1 before {@code axis} of the result. */
    public Expr expandDims(int axis) {
        int at = axis < 0 ? axis + rank() + 1 : axis;
        if (at < 0 || at > rank()) {
            throw Origin.error("expandDims: no place " + axis + " in " + shape());
        }
        return reshape(shape().insert(at, 1));
    }

    /** Drops axes of size 1: the given ones, or all when none is given. */
    public Expr squeeze(int... axes) {
        boolean[] dropped = new boolean[rank()];
        for (int axis = 0; axis < rank() && axes.length == 0; axis++) {
            dropped[axis] = size(axis) == 1;
        }
        for (int axis : axes) {
            if (size(axis) != 1) {
                throw Origin.error("squeeze: axis " + axis + " of " + shape() + " is not of size 1");
            }
            dropped[axis(axis)] = true;
        }
        return reshape(shape().without(dropped));
    }

    /** Repeats axes of size 1, and new leading ones, to a shape. */
    public Expr broadcast(int... sizes) {
        return broadcast(checked("broadcast", sizes));
    }

    public Expr broadcast(Shape shape) {
        return Broadcasting.to("broadcast", this, shape);
    }

    /** Repeats along new axes: those of {@code shape} that {@code axes} names; the others are this expression's. */
    Expr broadcast(Shape shape, List<Integer> axes) {
        return axes.isEmpty() ? this : of(new Op.Broadcast(shape, List.copyOf(axes)), this);
    }

    /** Elements {@code from} (inclusive) to {@code to} (exclusive) of an axis; negative positions count from the end. */
    public Expr slice(int axis, int from, int to) {
        return slice(axis, from, to, 1);
    }

    /** Elements from, from + step, … before {@code to} of an axis. The step is positive; see {@link #flip}. */
    public Expr slice(int axis, int from, int to, int step) {
        int size = size(axis), start = from < 0 ? from + size : from, stop = to < 0 ? to + size : to;
        if (start < 0 || stop > size || start > stop || step < 1) {
            throw Origin.error("slice: " + from + " to " + to + " by " + step + " is outside of axis " + axis + " of " + shape());
        }
        return strided(axis(axis), start, step, Math.ceilDiv(stop - start, step));
    }

    /** One position of an axis, which disappears. */
    public Expr at(int axis, int position) {
        int start = position < 0 ? position + size(axis) : position;
        if (start < 0 || start >= size(axis)) {
            throw Origin.error("at: no position " + position + " in axis " + axis + " of " + shape());
        }
        return strided(axis(axis), start, 1, 1).squeeze(axis(axis));
    }

    /** The axis in reverse order. */
    public Expr flip(int axis) {
        return strided(axis(axis), Math.max(0, size(axis) - 1), -1, size(axis));
    }

    private Expr strided(int axis, int start, int step, int count) {
        if (start == 0 && step == 1 && count == size(axis)) {
            return this;
        }
        List<Integer> starts = new ArrayList<>(Collections.nCopies(rank(), 0)),
                steps = new ArrayList<>(Collections.nCopies(rank(), 1));
        starts.set(axis, start);
        steps.set(axis, step);
        return of(new Op.Slice(List.copyOf(starts), List.copyOf(steps), shape().with(axis, count)), this);
    }

    /** Zeros before and after an axis. */
    public Expr pad(int axis, int before, int after) {
        if (before < 0 || after < 0) {
            throw Origin.error("pad: negative width " + Math.min(before, after));
        }
        int where = axis(axis);
        if (before == 0 && after == 0) {
            return this;
        }
        List<Integer> plain = Collections.nCopies(rank(), 1), starts = new ArrayList<>(Collections.nCopies(rank(), 0));
        Expr x = this;
        if (op() instanceof Op.Embed(var inner, var steps, _) && steps.equals(plain)) {   // around two axes at once, as of images
            starts = new ArrayList<>(inner);
            x = input(0);
        }
        starts.set(where, starts.get(where) + before);
        return of(new Op.Embed(List.copyOf(starts), plain,
                shape().with(where, size("pad", (long) before + size(where) + after))), x);
    }

    /** The size of an axis of a result. */
    static int size(String name, long size) {
        if (size > Integer.MAX_VALUE) {
            throw Origin.error(name + ": an axis of " + size + " elements is longer than any can be");
        }
        return (int) size;
    }

    /**
     * Windows of an axis, each {@code step} places behind the one before: [.., n, ..] to [.., count, size, ..], with count =
     * (n - size) / step + 1, rounded down. They overlap where the step is smaller than the size. With a product this is a convolution, with
     * {@link #max} a pooling.
     * @throws IllegalArgumentException if the axis is shorter than a window
     */
    public Expr unfold(int axis, int size, int step) {
        return Windows.unfold(this, axis(axis), size, step);
    }

    /**
     * Windows, put back where {@link #unfold} takes them from, and added up where they overlap: [.., count, size, ..] to [.., n, ..], where axis
     * n, {@code axis} of the result, ends where the last window does.
     */
    public Expr fold(int axis, int step) {
        return Windows.fold(this, axis(axis), Windows.length(this, axis(axis), step), step);
    }

    /** The rows (positions of axis 0) that an int32 index names: [rows, *rest] by [*where] to [*where, *rest]. */
    public Expr rows(Expr index) {
        requireRows("rows", index);
        return of(new Op.Rows(), this, index);
    }

    /**
     * This array, but that the rows which an int32 index [*where] names are those of {@code values}, [*where, *rest]: a buffer in which samples
     * take the places of others. Where the index names a row several times, the last one counts. As a variable's own new value, it writes
     * those rows alone.
     */
    public Expr withRows(Expr index, Expr values) {
        requireRows("withRows", index);
        Shape wanted = index.shape().concat(shape().slice(1, rank()));
        if (!values.shape().equals(wanted) || values.dtype() != dtype()) {
            throw Origin
                    .error("withRows: rows of " + dtype() + " " + shape() + " at an index of " + index.shape() + " are " + dtype()
                            + " " + wanted + ", not " + values.dtype() + " " + values.shape());
        }
        return of(new Op.WithRows(), this, index, values);
    }

    private void requireRows(String asked, Expr index) {
        if (rank() == 0 || index.dtype() != DType.INT32) {
            throw Origin.error(
                    asked + ": takes an int32 index of at least one axis of rows, not " + index.dtype() + " of " + shape());
        }
        if (size(0) == 0 && index.shape().count() > 0) {
            throw Origin.error(asked + ": " + shape() + " has no rows");
        }
    }

    /** Element {@code index[.., i, ..]} of an axis for each position of the index, whose other axes are this expression's. */
    public Expr gather(int axis, Expr index) {
        return Products.gather(this, axis(axis), index);
    }

    // ---- type and derivative ----

    public Expr cast(DType dtype) {
        return dtype == dtype() ? this : of(new Op.Cast(dtype), this);
    }

    /** The same value, of which a derivative is 0. */
    public Expr detach() {
        return of(new Op.Detach(), this);
    }

    // ---- inside ----

    static Expr zip(Binary f, Expr a, Expr b) {
        DType dtype = Broadcasting.common(a.dtype(), b.dtype());
        Shape shape = Broadcasting.common(f.word(), a.shape(), b.shape());
        return of(new Op.Zip(f), Broadcasting.to(f.word(), a.cast(dtype), shape),
                Broadcasting.to(f.word(), b.cast(dtype), shape));
    }

    /** A constant beside this expression: of its type, unless that is int32 and the number is not whole. */
    Expr number(double value) {
        boolean whole = value == Math.rint(value) && Math.abs(value) <= Integer.MAX_VALUE;
        return Constants.constant(dtype() == DType.INT32 && !whole ? DType.FLOAT32 : dtype(), value);
    }

    Expr real(String name) {
        if (!dtype().isReal()) {
            throw Origin.error(name + ": needs a real type, not " + dtype() + shape() + "; use cast(FLOAT32)");
        }
        return this;
    }

    private Expr reduce(String name, Reducer reducer, int... axes) {
        List<Integer> over = axes(name, axes);
        return over.isEmpty() ? this : of(new Op.Reduce(reducer, over), this);
    }

    /** How many elements a reduction combines: at least one. */
    private long counted(String name, int... axes) {
        long count = axes(name, axes).stream().mapToLong(this::size).reduce(1, (a, b) -> a * b);
        if (count == 0) {
            throw Origin.error(name + ": over no elements of " + shape());
        }
        return count;
    }

    /** The axes counted from the front, in order; all of them when none is given. */
    List<Integer> axes(String name, int... axes) {
        if (axes.length == 0) {
            return IntStream.range(0, rank()).boxed().toList();
        }
        List<Integer> sorted = Arrays.stream(axes).map(this::axis).sorted().distinct().boxed().toList();
        if (sorted.size() != axes.length) {
            throw Origin.error(name + ": an axis is named twice in " + Arrays.toString(axes));
        }
        return sorted;
    }

    int axis(int axis) {
        int fromFront = axis < 0 ? axis + rank() : axis;
        if (fromFront < 0 || fromFront >= rank()) {
            throw Origin.error("axis " + axis + " is outside of " + shape());
        }
        return fromFront;
    }

    static Shape checked(String name, int... sizes) {
        for (int size : sizes) {
            if (size < 0) {
                throw Origin.error(name + ": negative size in " + Arrays.toString(sizes));
            }
        }
        return Shape.of(sizes);
    }

    @Override
    public String toString() {
        return Names.of(this) + " " + dtype() + shape();
    }
}
