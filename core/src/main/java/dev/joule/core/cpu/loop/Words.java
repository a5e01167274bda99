package dev.joule.core.cpu.loop;

import dev.joule.core.cpu.machine.PhiloxKernel;

/** A worker's memory for random words, and for normal numbers before they are where they belong. */
final class Words {
    /** Elements of each part: a tile's, and what loops of whole vectors and blocks of words write past the end. */
    private static final int MOST = Tile.MOST + 4 * PhiloxKernel.MOST_TOGETHER + 64;
    static final long BYTES = 3L * MOST * Float.BYTES + PhiloxKernel.SCRATCH_BYTES;

    final int[] block = new int[4];
    /** Addresses of words 0 and 2 of the blocks, and of words 1 and 3; then of the normal numbers with even places, and with odd ones. */
    final long evens;
    final long odds;
    /** Addresses of the words of elements, or of their radii and angles. */
    final long first;
    final long second;
    final long scratch;
    /** What a {@link dev.joule.core.cpu.vector.FloatLoop} is given. */
    final long[] at = new long[4];

    Words(long address) {
        evens = address;
        odds = evens + MOST / 2 * Float.BYTES;
        first = odds + MOST / 2 * Float.BYTES;
        second = first + MOST * Float.BYTES;
        scratch = second + MOST * Float.BYTES;
    }
}
