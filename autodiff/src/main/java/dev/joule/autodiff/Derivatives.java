package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Functions.cos;
import static dev.joule.autodiff.Functions.exp;
import static dev.joule.autodiff.Functions.log;
import static dev.joule.autodiff.Functions.reciprocal;
import static dev.joule.autodiff.Functions.sigmoid;
import static dev.joule.autodiff.Functions.sign;
import static dev.joule.autodiff.Functions.sin;
import static dev.joule.autodiff.Functions.where;

import java.util.Optional;

import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Unary;

/** The derivatives of the scalar functions, each an expression of the argument x and the value y. Nothing where it is 0 almost everywhere. */
final class Derivatives {
    private Derivatives() {
    }

    // @formatter:off
    /** dy/dx of y = f(x). */
    static Optional<Expr> of(Unary f, Expr x, Expr y) {
        return switch (f) {
            case NEG        -> some(number(x, -1));
            case ABS        -> some(sign(x));
            case SIGN       -> none();
            case FLOOR      -> none();
            case RECIPROCAL -> some(y.mul(y).neg());                       // -1/x²
            case EXP        -> some(y);
            case EXPM1      -> some(exp(x));                               // not y + 1: exact where y is near -1
            case LOG        -> some(reciprocal(x));
            case LOG1P      -> some(reciprocal(x.add(1)));
            case SQRT       -> some(number(x, 0.5).div(y));                // 1/(2√x)
            case RSQRT      -> some(y.mul(y).mul(y).mul(-0.5));            // -x^(-3/2)/2
            case SIN        -> some(cos(x));
            case COS        -> some(sin(x).neg());
            case TANH       -> some(number(x, 1).sub(y.mul(y)));           // 1 - tanh²x
            case SIGMOID    -> some(y.mul(sigmoid(x.neg())));              // σ(x) σ(-x), stable on both sides
            case SOFTPLUS   -> some(sigmoid(x));
            case SATURATION -> some(exp(x.neg()));                         // not 1 - y: exact where y is near 1
            case ERF        -> some(exp(x.mul(x).neg()).mul(2 / Math.sqrt(Math.PI)));
        };
    }

    /** dy/da of y = f(a, b). */
    static Optional<Expr> left(Binary f, Expr a, Expr b, Expr y) {
        return switch (f) {
            case ADD -> some(number(a, 1));
            case SUB -> some(number(a, 1));
            case MUL -> some(b);
            case DIV -> some(reciprocal(b));
            case POW -> some(b.mul(a.pow(besidesZero(a, b).sub(1))));      // b a^(b-1), and 0 at a = b = 0
            case MIN -> some(a.less(b));
            case MAX -> some(b.less(a));
            case LESS, LESS_EQUAL, EQUAL, NOT_EQUAL -> none();
        };
    }

    /** dy/db of y = f(a, b). */
    static Optional<Expr> right(Binary f, Expr a, Expr b, Expr y) {
        return switch (f) {
            case ADD -> some(number(b, 1));
            case SUB -> some(number(b, -1));
            case MUL -> some(a);
            case DIV -> some(y.div(b).neg());                              // -a/b²
            case POW -> some(y.mul(log(where(isZeroBase(a, b), number(a, 1), a)))); // a^b log a, and 0 at a = 0 ≤ b
            case MIN -> some(b.lessEqual(a));
            case MAX -> some(a.lessEqual(b));
            case LESS, LESS_EQUAL, EQUAL, NOT_EQUAL -> none();
        };
    }
    // @formatter:on

    /** Where a^b is 0 or 1 for all b next to it: at a = 0, unless b is negative, where a^b is infinite. */
    static Expr isZeroBase(Expr a, Expr b) {
        return a.equal(0).mul(b.greaterEqual(0));
    }

    /** b, or 1 where a = b = 0, so that a^(b-1) is finite there. */
    private static Expr besidesZero(Expr a, Expr b) {
        return where(a.equal(0).mul(b.equal(0)), number(b, 1), b);
    }

    /** The share of each element of x in its maximum y over axes: 1 where it is the largest, divided among equal ones. */
    static Expr shareOfMax(Expr x, Expr y, int... axes) {
        Expr largest = x.equal(y.restore(x, axes));
        return largest.div(largest.sum(axes).restore(x, axes)).detach();
    }

    static Expr number(Expr like, double value) {
        return constant(like.dtype(), value);
    }

    private static Optional<Expr> some(Expr derivative) {
        return Optional.of(derivative);
    }

    private static Optional<Expr> none() {
        return Optional.empty();
    }
}
