package dev.joule.core.cpu.loop;

import static dev.joule.core.cpu.vector.FloatDraws.QUARTER_TURN;
import static dev.joule.core.cpu.vector.LoopShape.Operand.WALKS;

import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Cursor;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.cpu.memory.Walk;
import dev.joule.core.cpu.vector.FloatLoop;
import dev.joule.core.cpu.vector.FloatLoops;
import dev.joule.core.cpu.vector.LoopShape;
import dev.joule.core.cpu.vector.LoopShape.Call;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Philox;

/** Random numbers into a tile: first the Philox words of its elements, then the numbers that they stand for. */
final class Draws {
    private static final FloatLoop UNIFORM = FloatLoops.of(new LoopShape(List.of(WALKS), List.of(new Call("uniform", List.of(0))),
            List.of(1)));
    /** Radii and angles to normal numbers. */
    private static final FloatLoop NORMAL = FloatLoops.of(new LoopShape(List.of(WALKS, WALKS),
            List.of(new Call("radius", List.of(0)), new Call("cosine", List.of(1)), new Call("mul", List.of(2, 3))), List.of(4)));
    /** Radii and angles to pairs of normal numbers. */
    private static final FloatLoop NORMAL_PAIRS = FloatLoops.of(new LoopShape(List.of(WALKS, WALKS),
            List.of(new Call("radius", List.of(0)), new Call("cosine", List.of(1)), new Call("sine", List.of(1)),
                    new Call("mul", List.of(2, 3)), new Call("mul", List.of(2, 4))),
            List.of(5, 6)));
    private static final int[] VALUES = {0, 1, 2, 3};

    private Draws() {
    }

    static void draw(Draw draw, DType dtype, long seed, int stream, Walk places, Tile tile, long out) {
        Words words = tile.words;
        boolean normal = draw instanceof Draw.Normal;
        if (normal && dtype == DType.FLOAT32 && places.isContiguous()) {
            normalPairs(seed, stream, tile.base(places) + tile.start, tile, out);
            return;
        }
        int from = places.isContiguous() ? inOrder(seed, stream, tile.base(places) + tile.start, tile, normal)
                : anywhere(seed, stream, places, tile, normal);
        long first = words.first + 4L * from, second = words.second + 4L * from;
        switch (draw) {
            case Draw.Uniform() when dtype == DType.FLOAT32 -> run(UNIFORM, words.at, first, out, 0, 0, tile.length);
            case Draw.Normal() when dtype == DType.FLOAT32 -> run(NORMAL, words.at, first, second, out, 0, tile.length);
            case Draw.Uniform() -> {
                for (int i = 0; i < tile.length; i++) {
                    Raw.put(dtype, out + (long) dtype.bytes() * i, Draw.uniform(Raw.getInt(first + 4L * i)));
                }
            }
            case Draw.Normal() -> {
                for (int i = 0; i < tile.length; i++) {
                    double angle = Draw.angle(Raw.getInt(second + 4L * i), 0);
                    Raw.put(dtype, out + (long) dtype.bytes() * i, Draw.radius(Raw.getInt(first + 4L * i)) * Math.cos(angle));
                }
            }
            case Draw.Integers(int bound) -> {
                for (int i = 0; i < tile.length; i++) {
                    Raw.put(dtype, out + (long) dtype.bytes() * i, Draw.integer(Raw.getInt(first + 4L * i), bound));
                }
            }
        }
    }

    private static void run(FloatLoop loop, long[] at, long a, long b, long c, long d, int length) {
        at[0] = a;
        at[1] = b;
        at[2] = c;
        at[3] = d;
        loop.run(at, VALUES, null, length);
    }

    /** Normal numbers with places one after the other: a block of words is two radii and two angles, for two numbers each. */
    private static void normalPairs(long seed, int stream, long place, Tile tile, long out) {
        Words words = tile.words;
        int from = (int) place & 3;
        int blocks = (from + tile.length + 3) / 4;
        PhiloxBlocks.run(seed, stream, tile.clock, place >>> 2, blocks, words);
        run(NORMAL_PAIRS, words.at, words.evens, words.odds, words.evens, words.odds, 2 * blocks);
        long pair = 4L * (from / 2);
        if (from % 2 == 0) {
            PhiloxBlocks.interleave(words.evens + pair, words.odds + pair, out, tile.length);
        } else {
            PhiloxBlocks.interleave(words.odds + pair, words.evens + pair + 4, out, tile.length);
        }
    }

    /**
     * The word of each element of a tile, at {@code words.first}; for a normal number the word of its radius there and that of its
     * angle at {@code words.second}. An odd lane's angle is a quarter turn less: in words, that is an exact subtraction. Returns
     * which of them is the tile's first element's.
     */
    private static int inOrder(long seed, int stream, long place, Tile tile, boolean normal) {
        Words words = tile.words;
        int from = (int) place & 3;
        int blocks = (from + tile.length + 3) / 4;
        PhiloxBlocks.run(seed, stream, tile.clock, place >>> 2, blocks, words);
        if (!normal) {
            PhiloxBlocks.interleave(words.evens, words.odds, words.first, 4 * blocks);
            return from;
        }
        for (int i = 0; i < 4 * blocks; i++) {
            Raw.putInt(words.first + 4L * i, Raw.getInt(words.evens + 4L * (i / 2)));
            Raw.putInt(words.second + 4L * i, Raw.getInt(words.odds + 4L * (i / 2)) - (i & 1) * QUARTER_TURN);
        }
        return from;
    }

    /** The same for places in any order. */
    private static int anywhere(long seed, int stream, Walk places, Tile tile, boolean normal) {
        Words words = tile.words;
        int[] block = words.block;
        long known = -1;
        Cursor cursor = tile.start(places, tile.start);
        for (int done = 0; done < tile.length; cursor.nextRun()) {
            int run = (int) Math.min(cursor.left, tile.length - done);
            int different = places.step() == 0 ? 1 : run;
            for (int i = done; i < done + different; i++) {
                long place = cursor.address + (i - done) * places.step();
                if (place >>> 2 != known) {
                    known = place >>> 2;
                    Philox.block(seed, stream, tile.clock, (int) known, block, 0);
                }
                int lane = (int) place & 3;
                Raw.putInt(words.first + 4L * i, block[normal ? lane & 2 : lane]);
                if (normal) {
                    Raw.putInt(words.second + 4L * i, block[lane | 1] - (lane & 1) * QUARTER_TURN);
                }
            }
            if (different < run) {
                repeat(words.first + 4L * done, run);
            }
            if (different < run && normal) {
                repeat(words.second + 4L * done, run);
            }
            done += run;
        }
        return 0;
    }

    private static void repeat(long word, int count) {
        Strided.copyInts(word, 0, word, 4, count);
    }
}
