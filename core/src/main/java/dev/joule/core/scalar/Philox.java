package dev.joule.core.scalar;

/**
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011). Word {@code i} of a stream is a pure function of (seed, stream, run, i), so the numbers do not depend on
 * the order in which threads ask for them, nor on the backend.
 *
 * <p>One call of {@link #block} gives four 32-bit words for the counter (block, stream, run) and the key (seed). Element
 * {@code i} of a random array uses word {@code i mod 4} of block {@code i / 4}; a normal number uses the pair of words
 * that its word belongs to (Box-Muller: the even one takes the cosine, the odd one the sine).
 */
public final class Philox {
    /** Multipliers. */
    public static final int M0 = 0xD2511F53, M1 = 0xCD9E8D57;
    /** What a round adds to the keys: golden ratio, sqrt(3) - 1. */
    public static final int W0 = 0x9E3779B9, W1 = 0xBB67AE85;
    public static final int ROUNDS = 10;

    private Philox() {
    }

    /** Writes the four words of one block to {@code words[at .. at + 3]}. */
    public static void block(long seed, int stream, long run, int block, int[] words, int at) {
        int c0 = block, c1 = stream, c2 = (int) run, c3 = (int) (run >>> 32);
        int k0 = (int) seed, k1 = (int) (seed >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = (M0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
            long p1 = (M1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            k0 += W0;
            k1 += W1;
        }
        words[at] = c0;
        words[at + 1] = c1;
        words[at + 2] = c2;
        words[at + 3] = c3;
    }
}
