package dev.joule.core.cpu.loop;

import static dev.joule.core.cpu.vector.FloatFunctions.C0;
import static dev.joule.core.cpu.vector.FloatFunctions.C1;
import static dev.joule.core.cpu.vector.FloatFunctions.C2;
import static dev.joule.core.cpu.vector.FloatFunctions.ROUND;
import static dev.joule.core.cpu.vector.FloatFunctions.S0;
import static dev.joule.core.cpu.vector.FloatFunctions.S1;
import static dev.joule.core.cpu.vector.FloatFunctions.S2;
import static dev.joule.core.cpu.memory.Native.ALL;
import static dev.joule.core.cpu.memory.Native.FLOATS;
import static dev.joule.core.cpu.memory.Native.ORDER;
import static dev.joule.core.cpu.memory.Native.VECTOR_BYTES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.NE;

import dev.joule.core.DType;
import dev.joule.core.scalar.Unary;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * Sine and cosine over tiles. They have loops of their own because tiles with large angles go another way. A loop's body calls
 * nothing but the Vector API itself; a helper method of our own that is not inlined would put every vector on the heap.
 */
final class Sines {
    /** pi/2 as a sum of three floats. */
    private static final float HALF_PI_HIGH = 1.57079637f, HALF_PI_MIDDLE = -4.37113883e-8f, HALF_PI_LOW = -1.71512489e-15f;
    /** Beyond this angle three floats of pi/2 do not suffice. */
    private static final float LARGEST_ANGLE = 30_000;

    private static final MapLoop EXACT_SIN = ScalarLoops.map(DType.FLOAT32, Unary.SIN);
    private static final MapLoop EXACT_COS = ScalarLoops.map(DType.FLOAT32, Unary.COS);

    private Sines() {
    }

    /** The loop of a function that is not one of whole vectors only. */
    static MapLoop map(Unary op) {
        return switch (op) {
            case SIN -> (a, aMask, out, length) -> turn(a, aMask, out, length, 0, EXACT_SIN);
            // cos x = sin(x + pi/2): one quarter turn on
            case COS -> (a, aMask, out, length) -> turn(a, aMask, out, length, 1, EXACT_COS);
            default -> throw new IllegalArgumentException(op.word());
        };
    }

    /** The sine, some quarter turns on: x = k pi/2 + f, and k mod 4 says which of sin f, cos f, -sin f, -cos f it is. */
    private static void turn(long a, int aMask, long out, int length, int quarters, MapLoop exact) {
        VectorMask<Float> large = FLOATS.maskAll(false);
        int whole = 4 * length / VECTOR_BYTES * VECTOR_BYTES;
        for (int i = 0; i < whole; i += VECTOR_BYTES) {
            large = large.or(fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER).abs().compare(GT, LARGEST_ANGLE));
        }
        if (whole < 4 * length) {   // what lies behind the tile's end is of another time, and does not count
            large = large.or(fromMemorySegment(FLOATS, ALL, a + (whole & aMask), ORDER).abs().compare(GT, LARGEST_ANGLE)
                    .and(FLOATS.indexInRange(whole / 4, length)));
        }
        if (large.anyTrue()) {
            exact.run(a, aMask, out, length);
            return;
        }
        for (int i = 0; i < 4 * length; i += VECTOR_BYTES) {
            FloatVector x = fromMemorySegment(FLOATS, ALL, a + (i & aMask), ORDER);
            FloatVector shifted = x.fma(0.636619772f, ROUND);
            FloatVector k = shifted.sub(ROUND);
            FloatVector f = k.lanewise(FMA, k.broadcast(-HALF_PI_HIGH), x);
            f = k.lanewise(FMA, k.broadcast(-HALF_PI_MIDDLE), f);
            f = k.lanewise(FMA, k.broadcast(-HALF_PI_LOW), f);
            FloatVector square = f.mul(f);
            FloatVector sin = square.fma(S2, S1).lanewise(FMA, square, S0).mul(square).fma(f, f);
            FloatVector cos = square.fma(C2, C1).lanewise(FMA, square, C0).mul(square).sub(0.5f).lanewise(FMA, square, 1);
            IntVector quadrant = shifted.reinterpretAsInts().add(quarters);
            FloatVector y = sin.blend(cos, quadrant.and(1).compare(NE, 0).cast(FLOATS));
            y.blend(y.neg(), quadrant.and(2).compare(NE, 0).cast(FLOATS)).intoMemorySegment(ALL, out + i, ORDER);
        }
    }
}
