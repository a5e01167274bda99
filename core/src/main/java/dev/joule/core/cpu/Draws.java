package dev.joule.core.cpu;

import static dev.joule.core.cpu.FloatFunctions.C0;
import static dev.joule.core.cpu.FloatFunctions.C1;
import static dev.joule.core.cpu.FloatFunctions.C2;
import static dev.joule.core.cpu.FloatFunctions.L0;
import static dev.joule.core.cpu.FloatFunctions.L1;
import static dev.joule.core.cpu.FloatFunctions.L2;
import static dev.joule.core.cpu.FloatFunctions.L3;
import static dev.joule.core.cpu.FloatFunctions.L4;
import static dev.joule.core.cpu.FloatFunctions.L5;
import static dev.joule.core.cpu.FloatFunctions.L6;
import static dev.joule.core.cpu.FloatFunctions.L7;
import static dev.joule.core.cpu.FloatFunctions.LN2_HIGH;
import static dev.joule.core.cpu.FloatFunctions.S0;
import static dev.joule.core.cpu.FloatFunctions.S1;
import static dev.joule.core.cpu.FloatFunctions.S2;
import static dev.joule.core.cpu.FloatFunctions.SQRT_HALF;
import static dev.joule.core.cpu.Native.ALL;
import static dev.joule.core.cpu.Native.FLOATS;
import static dev.joule.core.cpu.Native.INTS;
import static dev.joule.core.cpu.Native.LANES;
import static dev.joule.core.cpu.Native.ORDER;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.joule.core.DType;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Philox;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** Random numbers into a tile: first the Philox words of its elements, then the numbers that they stand for. */
final class Draws {
    private static final int QUARTER_TURN = 1 << 30;   // of the 2^32 that a word counts

    private Draws() {
    }

    static void draw(Draw draw, DType dtype, long seed, int stream, Walk places, Tile tile, long out) {
        boolean pairs = draw instanceof Draw.Normal;
        words(seed, stream, places, tile, pairs);
        if (dtype == DType.FLOAT32) {
            switch (draw) {
                case Draw.Uniform() -> uniform(tile.first, out, tile.length);
                case Draw.Normal() -> normal(tile.first, tile.second, out, tile.length);
                case Draw.Integers(int bound) -> integers(tile.first, bound, dtype, out, tile.length);
            }
        } else {
            switch (draw) {
                case Draw.Uniform() -> {
                    for (int i = 0; i < tile.length; i++) {
                        Native.put(dtype, out + (long) dtype.bytes() * i, Draw.uniform(tile.first[i]));
                    }
                }
                case Draw.Normal() -> {
                    for (int i = 0; i < tile.length; i++) {
                        double normal = Draw.radius(tile.first[i]) * Math.cos(Draw.angle(tile.second[i], 0));
                        Native.put(dtype, out + (long) dtype.bytes() * i, normal);
                    }
                }
                case Draw.Integers(int bound) -> integers(tile.first, bound, dtype, out, tile.length);
            }
        }
    }

    /**
     * The word of each element; with {@code pairs} the word of its radius, and that of its angle. An odd lane's angle is a
     * quarter turn less: in words, that is an exact subtraction.
     */
    private static void words(long seed, int stream, Walk places, Tile tile, boolean pairs) {
        Cursor cursor = tile.cursor;
        int[] block = tile.block;
        long known = -1;
        cursor.start(places, tile.start);
        for (int done = 0; done < tile.length; cursor.nextRun()) {
            int run = (int) Math.min(cursor.left, tile.length - done);
            for (int i = done; i < done + run; i++) {
                long place = cursor.address + (i - done) * places.step();
                if (place >>> 2 != known) {
                    known = place >>> 2;
                    Philox.block(seed, stream, tile.clock, (int) known, block, 0);
                }
                int lane = (int) place & 3;
                if (pairs) {
                    tile.first[i] = block[lane & 2];
                    tile.second[i] = block[lane | 1] - (lane & 1) * QUARTER_TURN;
                } else {
                    tile.first[i] = block[lane];
                }
            }
            done += run;
        }
    }

    private static void uniform(int[] words, long out, int length) {
        for (int i = 0; i < length; i += LANES) {
            FloatVector high = (FloatVector) IntVector.fromArray(INTS, words, i).lanewise(LSHR, 8).convert(I2F, 0);
            high.mul(0x1p-24f).intoMemorySegment(ALL, out + 4L * i, ORDER);
        }
    }

    private static void integers(int[] words, int bound, DType dtype, long out, int length) {
        for (int i = 0; i < length; i++) {
            Native.put(dtype, out + (long) dtype.bytes() * i, Draw.integer(words[i], bound));
        }
    }

    /**
     * Box-Muller, sqrt(-2 log u) cos(2 pi v). For u >= 1/2 the logarithm is that of 1 - x with x = 1 - u exact, or else what is
     * nearly 1 would have lost its digits. Angles are turned by quarters as integers, so that the polynomials get at most pi/4.
     */
    private static void normal(int[] radii, int[] angles, long out, int length) {
        for (int i = 0; i < length; i += LANES) {
            IntVector word = IntVector.fromArray(INTS, radii, i);
            IntVector sign = word.lanewise(ASHR, 31);
            VectorMask<Float> high = word.compare(LT, 0).cast(FLOATS);
            FloatVector x = ((FloatVector) word.lanewise(XOR, sign).convert(I2F, 0))
                    .add(0.5f).mul(0x1p-32f);
            FloatVector u = x.blend(x.neg().add(1), high);
            IntVector exponent = u.reinterpretAsInts().sub(SQRT_HALF).lanewise(ASHR, 23);
            FloatVector f = u.reinterpretAsInts().sub(exponent.lanewise(LSHL, 23)).reinterpretAsFloats().sub(1);
            f = f.blend(x.neg(), exponent.compare(GE, 0).cast(FLOATS));
            FloatVector p = f.fma(L7, L6).lanewise(FMA, f, L5).lanewise(FMA, f, L4).lanewise(FMA, f, L3).lanewise(FMA, f, L2)
                    .lanewise(FMA, f, L1).lanewise(FMA, f, L0);
            FloatVector log = p.mul(f).sub(0.5f).mul(f.mul(f)).add(f);
            log = ((FloatVector) exponent.convert(I2F, 0)).lanewise(FMA, f.broadcast(LN2_HIGH), log);
            FloatVector radius = log.mul(-2).sqrt();

            IntVector angle = IntVector.fromArray(INTS, angles, i);
            IntVector quadrant = angle.add(QUARTER_TURN / 2).lanewise(ASHR, 30);
            FloatVector turn = ((FloatVector) angle.sub(quadrant.lanewise(LSHL, 30)).convert(I2F, 0))
                    .mul((float) (2 * Math.PI * 0x1p-32));
            FloatVector square = turn.mul(turn);
            FloatVector sin = square.fma(S2, S1).lanewise(FMA, square, S0).mul(square).fma(turn, turn);
            FloatVector cos = square.fma(C2, C1).lanewise(FMA, square, C0).mul(square).sub(0.5f).lanewise(FMA, square, 1);
            FloatVector y = cos.blend(sin, quadrant.and(1).compare(NE, 0).cast(FLOATS));
            // cos(x + pi/2) = -sin x, cos(x + pi) = -cos x, cos(x + 3 pi/2) = sin x
            y = y.blend(y.neg(), quadrant.add(1).and(2).compare(NE, 0).cast(FLOATS));
            y.mul(radius).intoMemorySegment(ALL, out + 4L * i, ORDER);
        }
    }
}
