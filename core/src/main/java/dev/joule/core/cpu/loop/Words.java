package dev.joule.core.cpu.loop;

/** A worker's memory for random words, and for normal numbers before they are where they belong. */
final class Words {
    /** Elements of each part: a tile's, and what loops of whole vectors and blocks of words write past the end. */
    private static final int MOST = Tile.MOST + 128;
    static final long BYTES = 4L * MOST * Float.BYTES;

    /** The words of blocks, by lane. */
    final long[][] blocks = new long[4][PhiloxBlocks.MOST];
    final int[] block = new int[4];
    /** Addresses of the words of elements, or of their radii and angles. */
    final long first;
    final long second;
    /** Addresses of the normal numbers with even places and of those with odd ones. */
    final long even;
    final long odd;
    /** What a {@link dev.joule.core.cpu.vector.FloatLoop} is given. */
    final long[] at = new long[4];

    Words(long address) {
        first = address;
        second = first + MOST * Float.BYTES;
        even = second + MOST * Float.BYTES;
        odd = even + MOST * Float.BYTES;
    }
}
