package dev.joule.core.cpu.loop;

import static dev.joule.core.cpu.memory.Native.ALL;
import static dev.joule.core.cpu.memory.Native.ORDER;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link dev.joule.core.scalar.Philox} for many blocks at a time: each word has a 64-bit lane, so that products are whole. */
final class PhiloxBlocks {
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final LongVector IOTA = LongVector.zero(LONGS).addIndex(1);
    /** Most blocks of a tile (one that begins within a block has one more), in whole vectors. */
    static final int MOST = Tile.MOST / 4 + 16;
    private static final long WORD = 0xFFFFFFFFL;
    private static final long M0 = 0xD2511F53L, M1 = 0xCD9E8D57L;
    private static final int W0 = 0x9E3779B9, W1 = 0xBB67AE85;
    private static final int ROUNDS = 10;

    private PhiloxBlocks() {
    }

    /** Word w of block {@code first + i} goes to {@code words[w][i]}. */
    static void run(long seed, int stream, long clock, long first, int count, long[][] words) {
        for (int i = 0; i < count; i += LONGS.length()) {
            LongVector c0 = IOTA.add(first + i).and(WORD);
            LongVector c1 = LongVector.broadcast(LONGS, stream & WORD);
            LongVector c2 = LongVector.broadcast(LONGS, clock & WORD);
            LongVector c3 = LongVector.broadcast(LONGS, clock >>> 32);
            int k0 = (int) seed;
            int k1 = (int) (seed >>> 32);
            for (int round = 0; round < ROUNDS; round++) {
                LongVector p0 = c0.mul(M0);
                LongVector p1 = c2.mul(M1);
                c0 = p1.lanewise(LSHR, 32).lanewise(XOR, c1).lanewise(XOR, k0 & WORD);
                c2 = p0.lanewise(LSHR, 32).lanewise(XOR, c3).lanewise(XOR, k1 & WORD);
                c1 = p1.and(WORD);
                c3 = p0.and(WORD);
                k0 += W0;
                k1 += W1;
            }
            c0.intoArray(words[0], i);
            c1.intoArray(words[1], i);
            c2.intoArray(words[2], i);
            c3.intoArray(words[3], i);
        }
    }

    /** By turns a word from a and one from b, {@code count} of each, to an address. */
    static void zip(long[] a, long[] b, int count, long to) {
        for (int i = 0; i < count; i += LONGS.length()) {
            LongVector low = LongVector.fromArray(LONGS, a, i);
            LongVector high = LongVector.fromArray(LONGS, b, i).lanewise(LSHL, 32);
            low.or(high).intoMemorySegment(ALL, to + 8L * i, ORDER);
        }
    }
}
