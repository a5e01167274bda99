package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.range;

import java.util.Arrays;

import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Unary;

/** Functions of expressions, named as the field names them: element by element unless they take axes. For {@code import static}. */
public final class Functions {
    private Functions() {
    }

    public static Expr abs(Expr x) {
        return map(Unary.ABS, x);
    }

    /** -1, 0 or 1. */
    public static Expr sign(Expr x) {
        return map(Unary.SIGN, x);
    }

    public static Expr floor(Expr x) {
        return map(Unary.FLOOR, x);
    }

    public static Expr square(Expr x) {
        return x.mul(x);
    }

    public static Expr reciprocal(Expr x) {
        return map(Unary.RECIPROCAL, x);
    }

    /** The derivative is infinite at 0; the root of a sum of squares is {@link #norm}. */
    public static Expr sqrt(Expr x) {
        return map(Unary.SQRT, x);
    }

    /** 1 / sqrt(x). */
    public static Expr rsqrt(Expr x) {
        return map(Unary.RSQRT, x);
    }

    public static Expr exp(Expr x) {
        return map(Unary.EXP, x);
    }

    /** e^x - 1, exact near 0. */
    public static Expr expm1(Expr x) {
        return map(Unary.EXPM1, x);
    }

    public static Expr log(Expr x) {
        return map(Unary.LOG, x);
    }

    /** log(1 + x), exact near 0. */
    public static Expr log1p(Expr x) {
        return map(Unary.LOG1P, x);
    }

    public static Expr sin(Expr x) {
        return map(Unary.SIN, x);
    }

    public static Expr cos(Expr x) {
        return map(Unary.COS, x);
    }

    public static Expr tanh(Expr x) {
        return map(Unary.TANH, x);
    }

    /** 1 / (1 + e^-x). */
    public static Expr sigmoid(Expr x) {
        return map(Unary.SIGMOID, x);
    }

    /** log(1 + e^x). */
    public static Expr softplus(Expr x) {
        return map(Unary.SOFTPLUS, x);
    }

    /** 1 - e^-x, exact near 0. */
    public static Expr saturation(Expr x) {
        return map(Unary.SATURATION, x);
    }

    /** 2/sqrt(pi) times the integral of e^(-s^2) over [0, x]. */
    public static Expr erf(Expr x) {
        return map(Unary.ERF, x);
    }

    /** max(x, 0), with derivative 0 at 0. */
    public static Expr relu(Expr x) {
        return max(x, 0);
    }

    /** x, or slope * x where x is not positive. */
    public static Expr leakyRelu(Expr x, double slope) {
        return where(x.greater(0), x, x.mul(slope));
    }

    /** x, or e^x - 1 where x is negative; the derivative at 0 is 1 from both sides. */
    public static Expr elu(Expr x) {
        return where(x.greaterEqual(0), x, expm1(min(x, 0)));
    }

    /** x Phi(x), with the exact normal distribution function Phi. */
    public static Expr gelu(Expr x) {
        return x.mul(0.5).mul(erf(x.mul(Math.sqrt(0.5))).add(1));
    }

    /** x sigmoid(x). */
    public static Expr silu(Expr x) {
        return x.mul(sigmoid(x));
    }

    /** The smaller of two, NaN if one of them is. The derivative goes to the second where they are equal, and to none at NaN. */
    public static Expr min(Expr a, Expr b) {
        return Expr.zip(Binary.MIN, a, b);
    }

    public static Expr min(Expr a, double b) {
        return min(a, a.number(b));
    }

    /** The larger of two, NaN if one of them is. The derivative goes to the second where they are equal, and to none at NaN. */
    public static Expr max(Expr a, Expr b) {
        return Expr.zip(Binary.MAX, a, b);
    }

    public static Expr max(Expr a, double b) {
        return max(a, a.number(b));
    }

    /** x, moved into [low, high]; the derivative is 0 at both ends, too. */
    public static Expr clamp(Expr x, double low, double high) {
        if (!(low <= high)) {
            throw Origin.error("clamp: low " + low + " is above high " + high);
        }
        return max(min(x, high), low);
    }

    /**
     * a where the condition is not 0, else b. A value never sees the other side. A gradient does where the other side's derivative is
     * infinite, 0 times which is NaN: of a root that only counts where x is positive, take {@code sqrt(where(x.greater(0), x, 1))}.
     */
    public static Expr where(Expr condition, Expr a, Expr b) {
        DType dtype = Broadcasting.common(a.dtype(), b.dtype());
        Shape shape = Broadcasting.common("where", condition.shape(), Broadcasting.common("where", a.shape(), b.shape()));
        return Expr.of(new Op.Select(), Broadcasting.to("where", condition, shape),
                Broadcasting.to("where", a.cast(dtype), shape), Broadcasting.to("where", b.cast(dtype), shape));
    }

    /** The root of the sum of squares over axes, |x|, with derivative x / |x|, and 0 where x = 0. */
    public static Expr norm(Expr x, int... axes) {
        Expr squares = square(x.real("norm")).sum(axes), zero = squares.equal(0);
        return where(zero, Derivatives.number(squares, 0), sqrt(where(zero, Derivatives.number(squares, 1), squares)));
    }

    /** log of the sum of e^x over axes, without overflow: max + log(sum(e^(x - max))). */
    public static Expr logSumExp(Expr x, int... axes) {
        Expr max = finite(x.real("logSumExp").max(axes).detach());
        return log(exp(x.sub(max.restore(x, axes))).sum(axes)).add(max);
    }

    /** e^x / sum(e^x) over axes. */
    public static Expr softmax(Expr x, int... axes) {
        Expr e = exp(belowMax("softmax", x, axes));
        return e.div(e.sum(axes).restore(x, axes));
    }

    /** log(softmax(x)) over axes, exact where the softmax is near 0 or 1. */
    public static Expr logSoftmax(Expr x, int... axes) {
        Expr below = belowMax("logSoftmax", x, axes);
        return below.sub(log(exp(below).sum(axes)).restore(x, axes));
    }

    private static Expr belowMax(String name, Expr x, int... axes) {
        return x.sub(finite(x.real(name).max(axes).detach()).restore(x, axes));
    }

    /** x, or 0 where it is infinite: a row of -inf alone must not give inf - inf. */
    private static Expr finite(Expr x) {
        return where(abs(x).less(Double.POSITIVE_INFINITY), x, constant(x.dtype(), 0));
    }

    /** int32: the first position of the largest element along an axis, or of the first NaN. */
    public static Expr argmax(Expr x, int axis) {
        int at = x.axis(axis), n = x.size(axis);
        Expr max = x.max(at).restore(x, at);
        Expr below = where(max.equal(max), x.less(max), x.equal(x)).cast(DType.INT32);
        int[] along = new int[x.rank()];
        Arrays.fill(along, 1);
        along[at] = n;
        return where(below, constant(DType.INT32, n), range(n).reshape(along)).min(at);
    }

    /** int32 [*] to float32 [*, n]: 1 at the position that the index names, else 0: all zeros if there is no such position. */
    public static Expr oneHot(Expr index, int n) {
        if (index.dtype() != DType.INT32) {
            throw Origin.error("oneHot: takes an int32 index, not " + index.dtype());
        }
        return index.expandDims(-1).equal(range(n)).cast(DType.FLOAT32);
    }

    /** Arrays one after the other along their last axis. */
    public static Expr concat(Expr... parts) {
        return concat(-1, parts);
    }

    /** Arrays one after the other along an axis; all other sizes are equal. */
    public static Expr concat(int axis, Expr... parts) {
        if (parts.length == 0) {
            throw Origin.error("concat: of nothing");
        }
        int at = parts[0].axis(axis);
        DType dtype = Arrays.stream(parts).map(Expr::dtype).reduce(Broadcasting::common).orElseThrow();
        for (Expr part : parts) {
            if (part.rank() != parts[0].rank() || !part.shape().with(at, 1).equals(parts[0].shape().with(at, 1))) {
                throw Origin.error(
                        "concat: shapes differ in more than axis " + axis + ": " + parts[0].shape() + " and " + part.shape());
            }
        }
        Expr[] typed = Arrays.stream(parts).map(part -> part.cast(dtype)).toArray(Expr[]::new);
        return typed.length == 1 ? typed[0] : Expr.of(new Op.Concat(at), typed);
    }

    /** Arrays of one shape side by side along a new axis. */
    public static Expr stack(int axis, Expr... parts) {
        if (parts.length == 0) {
            throw Origin.error("stack: of nothing");
        }
        for (Expr part : parts) {
            if (!part.shape().equals(parts[0].shape())) {
                throw Origin.error("stack: shapes differ: " + parts[0].shape() + " and " + part.shape());
            }
        }
        return concat(axis, Arrays.stream(parts).map(part -> part.expandDims(axis)).toArray(Expr[]::new));
    }

    static Expr map(Unary f, Expr x) {
        return Expr.of(new Op.Map(f), f.onIntegers() ? x : x.real(f.word()));
    }
}
