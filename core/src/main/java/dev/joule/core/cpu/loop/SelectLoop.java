package dev.joule.core.cpu.loop;

/** {@code a != 0 ? b : c} over a tile, as {@link MapLoop}. */
@FunctionalInterface
interface SelectLoop {
    void run(long a, int aMask, long b, int bMask, long c, int cMask, long out, int length);
}
