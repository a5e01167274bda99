package dev.joule.core.cpu.vector;

import static dev.joule.core.cpu.memory.Native.FLOATS;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The arithmetic of float32 vectors, by the names of {@link dev.joule.core.scalar.Unary} and
 * {@link dev.joule.core.scalar.Binary}. {@link VectorCode} puts these methods into loops.
 */
final class FloatArithmetic {
    private FloatArithmetic() {
    }

    static FloatVector neg(FloatVector x) {
        return x.neg();
    }

    static FloatVector abs(FloatVector x) {
        return x.abs();
    }

    /** Zero and NaN stay what they are; a subnormal number counts as zero, as for all that workers compute. */
    static FloatVector sign(FloatVector x) {
        return x.mul(0).blend(1, x.compare(GT, 0)).blend(-1, x.compare(LT, 0));
    }

    static FloatVector reciprocal(FloatVector x) {
        return FloatVector.broadcast(FLOATS, 1).div(x);
    }

    static FloatVector sqrt(FloatVector x) {
        return x.sqrt();
    }

    static FloatVector rsqrt(FloatVector x) {
        return FloatVector.broadcast(FLOATS, 1).div(x.sqrt());
    }

    /** Truncation, less 1 where that went up; from 2^23 on all floats are whole. */
    static FloatVector floor(FloatVector x) {
        FloatVector whole = (FloatVector) x.convert(F2I, 0).convert(I2F, 0);
        FloatVector below = whole.sub(1, whole.compare(GT, x));
        return x.blend(below, x.abs().compare(LT, 0x1p23f));
    }

    static FloatVector add(FloatVector x, FloatVector y) {
        return x.add(y);
    }

    static FloatVector sub(FloatVector x, FloatVector y) {
        return x.sub(y);
    }

    static FloatVector mul(FloatVector x, FloatVector y) {
        return x.mul(y);
    }

    static FloatVector div(FloatVector x, FloatVector y) {
        return x.div(y);
    }

    static FloatVector min(FloatVector x, FloatVector y) {
        return x.min(y);
    }

    static FloatVector max(FloatVector x, FloatVector y) {
        return x.max(y);
    }

    static FloatVector less(FloatVector x, FloatVector y) {
        return number(x.compare(LT, y));
    }

    static FloatVector lessEqual(FloatVector x, FloatVector y) {
        return number(x.compare(LE, y));
    }

    static FloatVector equal(FloatVector x, FloatVector y) {
        return number(x.compare(EQ, y));
    }

    static FloatVector notEqual(FloatVector x, FloatVector y) {
        return number(x.compare(NE, y));
    }

    /** y where x is not 0, else z. */
    static FloatVector select(FloatVector x, FloatVector y, FloatVector z) {
        return z.blend(y, x.compare(NE, 0));
    }

    /** 1 where it is true, else 0. */
    private static FloatVector number(VectorMask<Float> truth) {
        return FloatVector.zero(FLOATS).blend(1, truth);
    }
}
