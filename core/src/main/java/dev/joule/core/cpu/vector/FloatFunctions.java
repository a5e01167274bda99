package dev.joule.core.cpu.vector;

import static dev.joule.core.cpu.memory.Native.FLOATS;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Functions of float32 vectors: exp and its kin, as polynomials of our own. The JDK's vector EXP would do, but it gives other
 * last bits before the JIT compiler has seen the loop than after, and a run must repeat to the bit. {@link VectorCode} puts
 * these methods into loops.
 *
 * <p>The polynomials are minimax fits in the sense of relative error, found by weighted least squares (Lawson's algorithm).
 */
public final class FloatFunctions {
    static final float LOG2_E = 1.44269504f;
    /** ln 2 as a sum of two floats. */
    public static final float LN2_HIGH = 0.693147182f, LN2_LOW = -1.90465421e-9f;
    /** Added to a float below 2^22, rounds it to a whole number, which then stands in the last bits: 1.5 * 2^23. */
    public static final float ROUND = 0x1.8p23f;
    /** e^f = 1 + f + f^2 (E0 + E1 f + ...) for |f| <= ln(2)/2, to 4e-9. */
    static final float E0 = 0.5f, E1 = 1.6666518e-1f, E2 = 4.1666206e-2f, E3 = 8.368953e-3f, E4 = 1.3950602e-3f;
    /** log(1+f) = f - f^2/2 + f^3 (L0 + L1 f + ...) for sqrt(1/2) <= 1+f <= sqrt(2), to 7e-9. */
    static final float L0 = 3.3333316e-1f, L1 = -2.500081e-1f, L2 = 2.0002286e-1f, L3 = -1.6624554e-1f,
            L4 = 1.4181192e-1f, L5 = -1.3128754e-1f, L6 = 1.2881647e-1f, L7 = -7.8596115e-2f;
    /** The bits of sqrt(1/2), from which on a mantissa is counted: it lies in [sqrt(1/2), sqrt(2)). */
    public static final int SQRT_HALF = 0x3f3504f3;
    /** log(1+u) = u + u^2 (A0 + A1 u + ...) for u in [0, 1], to 3e-8. */
    private static final float A0 = -4.9999648e-1f, A1 = 3.3321324e-1f, A2 = -2.4857165e-1f, A3 = 1.9153653e-1f,
            A4 = -1.3753799e-1f, A5 = 7.920447e-2f, A6 = -3.006575e-2f, A7 = 5.364813e-3f;
    /** tanh x = x + x^3 (T0 + T1 x^2 + ...) for |x| <= 0.625, to 4e-9. */
    private static final float T0 = -3.3333284e-1f, T1 = 1.3331491e-1f, T2 = -5.3743497e-2f, T3 = 2.0650586e-2f,
            T4 = -5.7170447e-3f;
    /** sin x = x + x^3 (S0 + S1 x^2 + S2 x^4) for |x| <= pi/4, to 6e-9. */
    public static final float S0 = -1.6666655e-1f, S1 = 8.332173e-3f, S2 = -1.9516656e-4f;
    /** cos x = 1 - x^2/2 + x^4 (C0 + C1 x^2 + C2 x^4) for |x| <= pi/4, to 5e-10. */
    public static final float C0 = 4.1666646e-2f, C1 = -1.3887362e-3f, C2 = 2.443773e-5f;
    /** erf x = x + x (F0 + F1 x^2 + ...) for |x| <= 1, to 1e-8. */
    private static final float F0 = 1.28379167e-1f, F1 = -3.7612626e-1f, F2 = 1.12836e-1f, F3 = -2.6854444e-2f,
            F4 = 5.1895357e-3f, F5 = -8.020842e-4f, F6 = 7.889123e-5f;
    /** erf x = 1 - e^-(G0 + G1 x + ...) for 1 <= x <= 4, to 1e-8; beyond, erf x is 1 in float32. */
    private static final float G0 = -4.508237e-5f, G1 = 1.1289378f, G2 = 6.344212e-1f, G3 = 1.0719795e-1f,
            G4 = -2.4483716e-2f, G5 = 3.9536855e-3f, G6 = -3.9447882e-4f, G7 = 1.8048797e-5f;

    private FloatFunctions() {
    }

    /** e^x, infinite where it overflows; results below 2^-126 are 0. */
    static FloatVector exp(FloatVector x) {
        return power(x).blend(Float.POSITIVE_INFINITY, x.compare(GT, 88.72283f)).blend(0, x.compare(LT, -87.33654f))
                .blend(x, x.compare(NE, x));
    }

    /** e^x - 1 = 2 (2^(k-1) (e^f - 1) + (2^(k-1) - 1/2)): exact where results are small (k = 0), finite where they are large. */
    static FloatVector expm1(FloatVector x) {
        FloatVector shifted = x.fma(LOG2_E, ROUND);
        FloatVector p = powerLess1(rest(x, shifted));
        FloatVector half = shifted.reinterpretAsInts().lanewise(LSHL, 23).add(Float.floatToRawIntBits(0.5f))
                .reinterpretAsFloats();
        FloatVector y = p.fma(half, half.sub(0.5f)).mul(2);
        return y.blend(Float.POSITIVE_INFINITY, x.compare(GT, 88.72283f)).blend(-1, x.compare(LT, -20))
                .blend(x, x.compare(NE, x));
    }

    /** log x = e ln 2 + log(1+f) with x = 2^e (1+f). */
    static FloatVector log(FloatVector x) {
        IntVector exponent = x.reinterpretAsInts().sub(SQRT_HALF).lanewise(ASHR, 23);
        FloatVector f = x.reinterpretAsInts().sub(exponent.lanewise(LSHL, 23)).reinterpretAsFloats().sub(1);
        FloatVector e = (FloatVector) exponent.convert(I2F, 0);
        FloatVector y = e.fma(e.broadcast(LN2_LOW), bend(f)).add(f);
        y = e.fma(e.broadcast(LN2_HIGH), y);
        return y.blend(Float.NEGATIVE_INFINITY, x.compare(LT, Float.MIN_NORMAL)).blend(Float.NaN, x.compare(LT, 0))
                .blend(x, x.compare(LT, Float.POSITIVE_INFINITY).not());
    }

    /** log(1+x) = log u + (x - (u-1))/u, where u is 1+x as rounded and the second term makes the rounding good. */
    static FloatVector log1p(FloatVector x) {
        FloatVector u = x.add(1);
        FloatVector lost = x.sub(u.sub(1)).blend(u.sub(x).neg().add(1), x.compare(GT, 1)).div(u);
        IntVector exponent = u.reinterpretAsInts().sub(SQRT_HALF).lanewise(ASHR, 23);
        FloatVector f = u.reinterpretAsInts().sub(exponent.lanewise(LSHL, 23)).reinterpretAsFloats().sub(1);
        FloatVector e = (FloatVector) exponent.convert(I2F, 0);
        FloatVector y = e.fma(e.broadcast(LN2_LOW), bend(f)).add(lost).add(f);
        y = e.fma(e.broadcast(LN2_HIGH), y);
        return y.blend(Float.NEGATIVE_INFINITY, x.compare(EQ, -1)).blend(Float.NaN, x.compare(LT, -1))
                .blend(x, x.compare(LT, Float.POSITIVE_INFINITY).not());
    }

    /**
     * log(1+e^x) = max(x, 0) + log(1+u) with u = e^-|x| in (0, 1]; beyond 88, u is as good as 0. What multiplies, divides or compares
     * waits for the same two units of a processor; additions, bits and extremes have others.
     */
    static FloatVector softplus(FloatVector x) {
        FloatVector size = x.abs();
        size = size.blend(88, size.compare(GT, 88));
        FloatVector shifted = size.lanewise(FMA, -LOG2_E, ROUND);
        FloatVector f = negatedRest(size, shifted);
        FloatVector p = f.lanewise(FMA, E4, -E3).lanewise(FMA, f, E2).lanewise(FMA, f, -E1).lanewise(FMA, f, E0)
                .lanewise(FMA, f, -1).lanewise(FMA, f, 1);
        FloatVector u = scaled(p, shifted);
        FloatVector q = u.lanewise(FMA, A7, A6).lanewise(FMA, u, A5).lanewise(FMA, u, A4).lanewise(FMA, u, A3)
                .lanewise(FMA, u, A2).lanewise(FMA, u, A1).lanewise(FMA, u, A0).lanewise(FMA, u, 1);
        return q.fma(u, x.blend(0, x.compare(LT, 0)));
    }

    /**
     * 1 - e^-x = 2 (2^(k-1) (1 - e^f) + (1/2 - 2^(k-1))) with -x = k ln 2 + f, as {@link #expm1}. From 20 on it is 1; it overflows before -89.
     */
    static FloatVector saturation(FloatVector x) {
        FloatVector within = x.blend(20, x.compare(GT, 20));
        within = within.blend(-89, within.compare(LT, -89));
        FloatVector shifted = within.lanewise(FMA, -LOG2_E, ROUND);
        FloatVector f = negatedRest(within, shifted);
        FloatVector p = f.lanewise(FMA, -E4, E3).lanewise(FMA, f, -E2).lanewise(FMA, f, E1).lanewise(FMA, f, -E0);
        p = p.fma(f.mul(f), f);
        FloatVector half = shifted.reinterpretAsInts().lanewise(LSHL, 23).add(Float.floatToRawIntBits(0.5f))
                .reinterpretAsFloats();
        FloatVector y = p.fma(half, FloatVector.broadcast(FLOATS, 0.5f).sub(half));
        return y.add(y);
    }

    /** 1/(1+u) for x >= 0 and u/(1+u) for x < 0, with u = e^-|x|, which cannot overflow. */
    static FloatVector sigmoid(FloatVector x) {
        FloatVector u = powerOfNegative(x.abs().neg());
        FloatVector y = u.blend(1, x.compare(GE, 0)).div(u.add(1));
        return y.blend(x, x.compare(NE, x));
    }

    /** An odd polynomial near zero, 1 - 2u/(1+u) with u = e^-2|x| and x's sign elsewhere. */
    static FloatVector tanh(FloatVector x) {
        FloatVector size = x.abs();
        FloatVector u = powerOfNegative(size.mul(-2));
        FloatVector large = u.mul(-2).div(u.add(1)).add(1);
        large = large.blend(large.neg(), x.compare(LT, 0));
        FloatVector square = x.mul(x);
        FloatVector q = square.fma(T4, T3).lanewise(FMA, square, T2).lanewise(FMA, square, T1).lanewise(FMA, square, T0);
        FloatVector small = q.mul(square).fma(x, x);
        FloatVector y = large.blend(small, size.compare(LT, 0.625f));
        return y.blend(x, x.compare(NE, x));
    }

    /** A polynomial up to 1; beyond, 1 - e^-G(|x|) with x's sign. */
    static FloatVector erf(FloatVector x) {
        FloatVector size = x.abs();
        FloatVector square = x.mul(x);
        FloatVector small = square.fma(F6, F5).lanewise(FMA, square, F4).lanewise(FMA, square, F3)
                .lanewise(FMA, square, F2).lanewise(FMA, square, F1).lanewise(FMA, square, F0).fma(x, x);
        FloatVector t = size.blend(4, size.compare(GT, 4));
        FloatVector minus = t.fma(G7, G6).lanewise(FMA, t, G5).lanewise(FMA, t, G4).lanewise(FMA, t, G3)
                .lanewise(FMA, t, G2).lanewise(FMA, t, G1).lanewise(FMA, t, G0).neg();
        FloatVector large = power(minus).neg().add(1);
        large = large.blend(large.neg(), x.compare(LT, 0));
        FloatVector y = large.blend(small, size.compare(LT, 1));
        return y.blend(x, x.compare(NE, x));
    }

    /** e^x = 2^k e^f with k = round(x / ln 2), where it is a normal number. */
    private static FloatVector power(FloatVector x) {
        FloatVector shifted = x.fma(LOG2_E, ROUND);
        return scaled(powerLess1(rest(x, shifted)).add(1), shifted);
    }

    /** e^x for x <= 0. */
    private static FloatVector powerOfNegative(FloatVector x) {
        return power(x).blend(0, x.compare(LT, -87.33654f));
    }

    /** f = x - k ln 2, where k is the whole number in {@code shifted}. */
    private static FloatVector rest(FloatVector x, FloatVector shifted) {
        FloatVector k = shifted.sub(ROUND);
        FloatVector f = k.lanewise(FMA, k.broadcast(-LN2_HIGH), x);
        return k.lanewise(FMA, k.broadcast(-LN2_LOW), f);
    }

    /** -f for the exponent -x, which spares a negation: x + k ln 2. */
    private static FloatVector negatedRest(FloatVector x, FloatVector shifted) {
        FloatVector k = shifted.sub(ROUND);
        FloatVector f = k.lanewise(FMA, k.broadcast(LN2_HIGH), x);
        return k.lanewise(FMA, k.broadcast(LN2_LOW), f);
    }

    /** e^f - 1 for |f| <= ln(2)/2. */
    private static FloatVector powerLess1(FloatVector f) {
        FloatVector p = f.fma(E4, E3).lanewise(FMA, f, E2).lanewise(FMA, f, E1).lanewise(FMA, f, E0);
        return p.fma(f.mul(f), f);
    }

    /** 2^k p: k, in the last bits of {@code shifted}, is added to the bits of p's exponent. */
    private static FloatVector scaled(FloatVector p, FloatVector shifted) {
        return p.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(LSHL, 23)).reinterpretAsFloats();
    }

    /** log(1+f) - f for sqrt(1/2) <= 1+f <= sqrt(2). */
    static FloatVector bend(FloatVector f) {
        FloatVector p = f.fma(L7, L6).lanewise(FMA, f, L5).lanewise(FMA, f, L4).lanewise(FMA, f, L3).lanewise(FMA, f, L2)
                .lanewise(FMA, f, L1).lanewise(FMA, f, L0);
        return p.mul(f).sub(0.5f).mul(f.mul(f));
    }
}
