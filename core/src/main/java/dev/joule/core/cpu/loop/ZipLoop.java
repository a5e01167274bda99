package dev.joule.core.cpu.loop;

/** A function of two arguments over a tile, as {@link MapLoop}. */
@FunctionalInterface
interface ZipLoop {
    void run(long a, int aMask, long b, int bMask, long out, int length);
}
