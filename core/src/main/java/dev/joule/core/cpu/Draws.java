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
        int[] first = tile.first;
        int[] second = tile.second;
        int from = places.isContiguous() ? inOrder(seed, stream, places.base(tile) + tile.start, tile, pairs)
                : anywhere(seed, stream, places, tile, pairs);
        if (dtype == DType.FLOAT32) {
            switch (draw) {
                case Draw.Uniform() -> uniform(first, from, out, tile.length);
                case Draw.Normal() -> normal(first, second, from, out, tile.length);
                case Draw.Integers(int bound) -> integers(first, from, bound, dtype, out, tile.length);
            }
        } else {
            switch (draw) {
                case Draw.Uniform() -> {
                    for (int i = 0; i < tile.length; i++) {
                        Raw.put(dtype, out + (long) dtype.bytes() * i, Draw.uniform(first[from + i]));
                    }
                }
                case Draw.Normal() -> {
                    for (int i = 0; i < tile.length; i++) {
                        double normal = Draw.radius(first[from + i]) * Math.cos(Draw.angle(second[from + i], 0));
                        Raw.put(dtype, out + (long) dtype.bytes() * i, normal);
                    }
                }
                case Draw.Integers(int bound) -> integers(first, from, bound, dtype, out, tile.length);
            }
        }
    }

    /**
     * The word of each element of a tile, in {@code tile.first}; with {@code pairs} the word of its radius there and that of its
     * angle in {@code tile.second}. An odd lane's angle is a quarter turn less: in words, that is an exact subtraction.
     * Returns where in these arrays the tile's first element is.
     */
    private static int inOrder(long seed, int stream, long place, Tile tile, boolean pairs) {
        int from = (int) place & 3;
        int blocks = (from + tile.length + 3) / 4;
        PhiloxBlocks.run(seed, stream, tile.clock, place >>> 2, blocks, tile.words);
        int[] first = tile.first;
        int[] second = tile.second;
        long[] w0 = tile.words[0], w1 = tile.words[1], w2 = tile.words[2], w3 = tile.words[3];
        for (int block = 0; block < blocks; block++) {
            int i = 4 * block;
            if (pairs) {
                first[i] = first[i + 1] = (int) w0[block];
                first[i + 2] = first[i + 3] = (int) w2[block];
                second[i] = (int) w1[block];
                second[i + 1] = (int) w1[block] - QUARTER_TURN;
                second[i + 2] = (int) w3[block];
                second[i + 3] = (int) w3[block] - QUARTER_TURN;
            } else {
                first[i] = (int) w0[block];
                first[i + 1] = (int) w1[block];
                first[i + 2] = (int) w2[block];
                first[i + 3] = (int) w3[block];
            }
        }
        return from;
    }

    /** The same for places in any order. */
    private static int anywhere(long seed, int stream, Walk places, Tile tile, boolean pairs) {
        int[] block = tile.counter;
        long known = -1;
        Cursor cursor = tile.start(places, tile.start);
        for (int done = 0; done < tile.length; cursor.nextRun()) {
            int run = (int) Math.min(cursor.left, tile.length - done);
            for (int i = done; i < done + run; i++) {
                long place = cursor.address + (i - done) * places.step();
                if (place >>> 2 != known) {
                    known = place >>> 2;
                    Philox.block(seed, stream, tile.clock, (int) known, block, 0);
                }
                int lane = (int) place & 3;
                tile.first[i] = block[pairs ? lane & 2 : lane];
                tile.second[i] = block[lane | 1] - (lane & 1) * QUARTER_TURN;
            }
            done += run;
        }
        return 0;
    }

    private static void uniform(int[] words, int from, long out, int length) {
        for (int i = 0; i < length; i += LANES) {
            FloatVector high = (FloatVector) IntVector.fromArray(INTS, words, from + i).lanewise(LSHR, 8).convert(I2F, 0);
            high.mul(0x1p-24f).intoMemorySegment(ALL, out + 4L * i, ORDER);
        }
    }

    private static void integers(int[] words, int from, int bound, DType dtype, long out, int length) {
        for (int i = 0; i < length; i++) {
            Raw.put(dtype, out + (long) dtype.bytes() * i, Draw.integer(words[from + i], bound));
        }
    }

    /**
     * Box-Muller, sqrt(-2 log u) cos(2 pi v). For u >= 1/2 the logarithm is that of 1 - x with x = 1 - u exact, or else what is
     * nearly 1 would have lost its digits. Angles are turned by quarters as integers, so that the polynomials get at most pi/4.
     */
    private static void normal(int[] radii, int[] angles, int from, long out, int length) {
        for (int i = 0; i < length; i += LANES) {
            IntVector word = IntVector.fromArray(INTS, radii, from + i);
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

            IntVector angle = IntVector.fromArray(INTS, angles, from + i);
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
