package dev.joule.core.cpu.vector;

import static dev.joule.core.cpu.memory.Native.FLOATS;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The arithmetic of int32, of masks and places in an array: vectors whose floats are the integers' bits, so that they can stand in loops with
 * others. By the names of {@link dev.joule.core.scalar.Binary}, with {@code Int} behind. {@link VectorCode} puts these methods into loops.
 */
final class IntArithmetic {
    private IntArithmetic() {
    }

    static FloatVector addInt(FloatVector x, FloatVector y) {
        return x.reinterpretAsInts().add(y.reinterpretAsInts()).reinterpretAsFloats();
    }

    static FloatVector subInt(FloatVector x, FloatVector y) {
        return x.reinterpretAsInts().sub(y.reinterpretAsInts()).reinterpretAsFloats();
    }

    static FloatVector mulInt(FloatVector x, FloatVector y) {
        return x.reinterpretAsInts().mul(y.reinterpretAsInts()).reinterpretAsFloats();
    }

    static FloatVector minInt(FloatVector x, FloatVector y) {
        return y.blend(x, x.reinterpretAsInts().compare(LT, y.reinterpretAsInts()).cast(FLOATS));
    }

    static FloatVector maxInt(FloatVector x, FloatVector y) {
        return x.blend(y, x.reinterpretAsInts().compare(LT, y.reinterpretAsInts()).cast(FLOATS));
    }

    static FloatVector lessInt(FloatVector x, FloatVector y) {
        return integer(x.reinterpretAsInts().compare(LT, y.reinterpretAsInts()).cast(FLOATS));
    }

    static FloatVector lessEqualInt(FloatVector x, FloatVector y) {
        return integer(y.reinterpretAsInts().compare(GE, x.reinterpretAsInts()).cast(FLOATS));
    }

    static FloatVector equalInt(FloatVector x, FloatVector y) {
        return integer(x.reinterpretAsInts().compare(EQ, y.reinterpretAsInts()).cast(FLOATS));
    }

    static FloatVector notEqualInt(FloatVector x, FloatVector y) {
        return integer(x.reinterpretAsInts().compare(NE, y.reinterpretAsInts()).cast(FLOATS));
    }

    /** y where the integer x is not 0, else z. */
    static FloatVector selectInt(FloatVector x, FloatVector y, FloatVector z) {
        return z.blend(y, x.reinterpretAsInts().compare(NE, 0).cast(FLOATS));
    }

    /** The floats of integers. */
    static FloatVector castInt(FloatVector x) {
        return (FloatVector) x.reinterpretAsInts().convert(I2F, 0);
    }

    /** The integer 1 where it is true, else 0: 1's bits are those of the least float. */
    private static FloatVector integer(VectorMask<Float> truth) {
        return FloatVector.zero(FLOATS).blend(Float.MIN_VALUE, truth);
    }
}
