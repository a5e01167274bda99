package dev.joule.core.cpu.vector;

import static dev.joule.core.cpu.vector.FloatFunctions.C0;
import static dev.joule.core.cpu.vector.FloatFunctions.C1;
import static dev.joule.core.cpu.vector.FloatFunctions.C2;
import static dev.joule.core.cpu.vector.FloatFunctions.LN2_HIGH;
import static dev.joule.core.cpu.vector.FloatFunctions.S0;
import static dev.joule.core.cpu.vector.FloatFunctions.S1;
import static dev.joule.core.cpu.vector.FloatFunctions.S2;
import static dev.joule.core.cpu.vector.FloatFunctions.SQRT_HALF;
import static dev.joule.core.cpu.memory.Native.FLOATS;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/**
 * What random words stand for, in float32; the words come as the bits of the arguments. A normal number is
 * sqrt(-2 log u) cos(2 pi v), and with a sine another one (Box and Muller). {@link VectorCode} puts these methods into loops.
 */
public final class FloatDraws {
    public static final int QUARTER_TURN = 1 << 30;   // of the 2^32 that a word counts

    private FloatDraws() {
    }

    /** In [0, 1). */
    static FloatVector uniform(FloatVector bits) {
        return ((FloatVector) bits.reinterpretAsInts().lanewise(LSHR, 8).convert(I2F, 0)).mul(0x1p-24f);
    }

    /**
     * sqrt(-2 log u). For u >= 1/2 the logarithm is that of 1 - x with x = 1 - u exact, or else what is nearly 1 would have lost
     * its digits.
     */
    static FloatVector radius(FloatVector bits) {
        IntVector word = bits.reinterpretAsInts();
        VectorMask<Float> high = word.compare(LT, 0).cast(FLOATS);
        FloatVector x = ((FloatVector) word.lanewise(XOR, word.lanewise(ASHR, 31)).convert(I2F, 0)).add(0.5f).mul(0x1p-32f);
        FloatVector u = x.blend(x.neg().add(1), high);
        IntVector exponent = u.reinterpretAsInts().sub(SQRT_HALF).lanewise(ASHR, 23);
        FloatVector f = u.reinterpretAsInts().sub(exponent.lanewise(LSHL, 23)).reinterpretAsFloats().sub(1);
        f = f.blend(x.neg(), exponent.compare(GE, 0).cast(FLOATS));
        FloatVector log = FloatFunctions.bend(f).add(f);
        log = ((FloatVector) exponent.convert(I2F, 0)).lanewise(FMA, f.broadcast(LN2_HIGH), log);
        return log.mul(-2).sqrt();
    }

    /** cos(x + pi/2) = -sin x, cos(x + pi) = -cos x, cos(x + 3 pi/2) = sin x. */
    static FloatVector cosine(FloatVector bits) {
        IntVector quadrant = quadrant(bits);
        FloatVector turn = turn(bits, quadrant);
        FloatVector y = nearCosine(turn).blend(nearSine(turn), quadrant.and(1).compare(NE, 0).cast(FLOATS));
        return y.blend(y.neg(), quadrant.add(1).and(2).compare(NE, 0).cast(FLOATS));
    }

    /** The cosine a quarter turn back. */
    static FloatVector sine(FloatVector bits) {
        IntVector quadrant = quadrant(bits);
        FloatVector turn = turn(bits, quadrant);
        FloatVector y = nearSine(turn).blend(nearCosine(turn), quadrant.and(1).compare(NE, 0).cast(FLOATS));
        return y.blend(y.neg(), quadrant.and(2).compare(NE, 0).cast(FLOATS));
    }

    /** The nearest quarter of a turn, modulo 4. */
    private static IntVector quadrant(FloatVector bits) {
        return bits.reinterpretAsInts().add(QUARTER_TURN / 2).lanewise(ASHR, 30);
    }

    /** The angle from there, in [-pi/4, pi/4]: the turning back is exact, being one of integers. */
    private static FloatVector turn(FloatVector bits, IntVector quadrant) {
        return ((FloatVector) bits.reinterpretAsInts().sub(quadrant.lanewise(LSHL, 30)).convert(I2F, 0))
                .mul((float) (2 * Math.PI * 0x1p-32));
    }

    /** For angles up to pi/4, as the next. */
    private static FloatVector nearSine(FloatVector turn) {
        FloatVector square = turn.mul(turn);
        return square.fma(S2, S1).lanewise(FMA, square, S0).mul(square).fma(turn, turn);
    }

    private static FloatVector nearCosine(FloatVector turn) {
        FloatVector square = turn.mul(turn);
        return square.fma(C2, C1).lanewise(FMA, square, C0).mul(square).sub(0.5f).lanewise(FMA, square, 1);
    }
}
