package dev.joule.core.scalar;

import java.util.Locale;

/** The scalar functions of one argument. {@link #apply} is their meaning; every backend is tested against it. */
public enum Unary {
    NEG, ABS, SIGN, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, SIN, COS, TANH, SIGMOID, SOFTPLUS, SATURATION, ERF, FLOOR;

    public double apply(double x) {
        return switch (this) {
            case NEG -> -x;
            case ABS -> Math.abs(x);
            case SIGN -> Math.signum(x);
            case RECIPROCAL -> 1 / x;
            case EXP -> Math.exp(x);
            case EXPM1 -> Math.expm1(x);
            case LOG -> Math.log(x);
            case LOG1P -> Math.log1p(x);
            case SQRT -> Math.sqrt(x);
            case RSQRT -> 1 / Math.sqrt(x);
            case SIN -> Math.sin(x);
            case COS -> Math.cos(x);
            case TANH -> Math.tanh(x);
            // 1/(1+e^-x), from the side on which e^ cannot overflow
            case SIGMOID -> x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
            // log(1+e^x) = max(x, 0) + log(1+e^-|x|)
            case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            // 1 - e^-x, how far a condenser is loaded: σ(z) where x = softplus(z)
            case SATURATION -> -Math.expm1(-x);
            case ERF -> Erf.erf(x);
            case FLOOR -> Math.floor(x);
        };
    }

    /** The meaning on integers, which wrap around as Java's do: the least one is its own negative. */
    public int applyInt(int x) {
        return switch (this) {
            case NEG -> -x;
            case ABS -> Math.abs(x);
            case SIGN -> Integer.signum(x);
            case RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, SIN, COS, TANH, SIGMOID, SOFTPLUS, SATURATION, ERF, FLOOR ->
                throw new IllegalArgumentException(word() + " is not defined on int32");
        };
    }

    /** Whether the function makes sense on integers too. */
    public boolean onIntegers() {
        return switch (this) {
            case NEG, ABS, SIGN -> true;
            case RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, SIN, COS, TANH, SIGMOID, SOFTPLUS, SATURATION, ERF, FLOOR ->
                false;
        };
    }

    /** The name that a user knows it by. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
