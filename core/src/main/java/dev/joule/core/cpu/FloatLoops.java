package dev.joule.core.cpu;

import static dev.joule.core.cpu.Native.ALL;
import static dev.joule.core.cpu.Native.FLOATS;
import static dev.joule.core.cpu.Native.ORDER;
import static dev.joule.core.cpu.Native.VECTOR_BYTES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import dev.joule.core.DType;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Unary;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Float32 over tiles with the Vector API: the arithmetic. A loop's body calls nothing but the Vector API itself; a helper
 * method of our own that is not inlined would put every vector on the heap.
 */
final class FloatLoops {
    private FloatLoops() {
    }

    static MapLoop map(Unary op) {
        return switch (op) {
            case NEG -> FloatLoops::neg;
            case ABS -> FloatLoops::abs;
            case SIGN -> FloatLoops::sign;
            case RECIPROCAL -> FloatLoops::reciprocal;
            case SQRT -> FloatLoops::sqrt;
            case RSQRT -> FloatLoops::rsqrt;
            case FLOOR -> FloatLoops::floor;
            case EXP -> FloatFunctions::exp;
            case EXPM1 -> FloatFunctions::expm1;
            case LOG -> FloatFunctions::log;
            case LOG1P -> FloatFunctions::log1p;
            case SIN -> FloatFunctions::sin;
            case COS -> FloatFunctions::cos;
            case TANH -> FloatFunctions::tanh;
            case SIGMOID -> FloatFunctions::sigmoid;
            case SOFTPLUS -> FloatFunctions::softplus;
            case SATURATION -> FloatFunctions::saturation;
            case ERF -> FloatFunctions::erf;
        };
    }

    static ZipLoop zip(Binary op) {
        return switch (op) {
            case ADD -> FloatLoops::add;
            case SUB -> FloatLoops::sub;
            case MUL -> FloatLoops::mul;
            case DIV -> FloatLoops::div;
            case POW -> ScalarLoops.zip(DType.FLOAT32, op);
            case MIN -> FloatLoops::min;
            case MAX -> FloatLoops::max;
            case LESS -> FloatLoops::less;
            case LESS_EQUAL -> FloatLoops::lessEqual;
            case EQUAL -> FloatLoops::equal;
            case NOT_EQUAL -> FloatLoops::notEqual;
        };
    }

    private static void neg(long a, int aMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            x.neg().intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void abs(long a, int aMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            x.abs().intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    /** Zero and NaN stay what they are. */
    private static void sign(long a, int aMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            x.blend(1, x.compare(GT, 0)).blend(-1, x.compare(LT, 0)).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void reciprocal(long a, int aMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector.broadcast(FLOATS, 1).div(x).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void sqrt(long a, int aMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            x.sqrt().intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void rsqrt(long a, int aMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector.broadcast(FLOATS, 1).div(x.sqrt()).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    /** Truncation, less 1 where that went up; from 2^23 on all floats are whole. */
    private static void floor(long a, int aMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector whole = (FloatVector) x.convert(VectorOperators.F2I, 0).convert(VectorOperators.I2F, 0);
            FloatVector below = whole.sub(1, whole.compare(GT, x));
            x.blend(below, x.abs().compare(LT, 0x1p23f)).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void add(long a, int aMask, long b, int bMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            x.add(y).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void sub(long a, int aMask, long b, int bMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            x.sub(y).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void mul(long a, int aMask, long b, int bMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            x.mul(y).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void div(long a, int aMask, long b, int bMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            x.div(y).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void min(long a, int aMask, long b, int bMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            x.min(y).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void max(long a, int aMask, long b, int bMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            x.max(y).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void less(long a, int aMask, long b, int bMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            FloatVector.zero(FLOATS).blend(1, x.compare(LT, y)).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void lessEqual(long a, int aMask, long b, int bMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            FloatVector.zero(FLOATS).blend(1, x.compare(LE, y)).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void equal(long a, int aMask, long b, int bMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            FloatVector.zero(FLOATS).blend(1, x.compare(EQ, y)).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    private static void notEqual(long a, int aMask, long b, int bMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            FloatVector.zero(FLOATS).blend(1, x.compare(NE, y)).intoMemorySegment(ALL, out + i, ORDER);
        }
    }

    static void select(long a, int aMask, long b, int bMask, long c, int cMask, long out, int length) {
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector y = fromMemorySegment(FLOATS, ALL, b + (i & bMask), ORDER);
            FloatVector z = fromMemorySegment(FLOATS, ALL, c + (i & cMask), ORDER);
            z.blend(y, x.compare(NE, 0)).intoMemorySegment(ALL, out + i, ORDER);
        }
    }
}
