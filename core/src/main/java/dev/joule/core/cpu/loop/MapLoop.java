package dev.joule.core.cpu.loop;

/**
 * A function of one argument over a tile: {@code length} elements from address {@code a} to address {@code out}. A mask of -1
 * walks along an operand, a mask of 0 reads its first vector again and again (a value that is the same everywhere), so that
 * one loop serves both. Vector loops work on whole vectors: they read and write up to one vector past the end.
 */
@FunctionalInterface
interface MapLoop {
    void run(long a, int aMask, long out, int length);
}
