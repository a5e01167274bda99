package dev.joule.core.cpu.vector;

/** A loop over a tile of float32, made by {@link LoopWriter} for a {@link LoopShape}. Thread-safe. */
public interface FloatLoop {
    /**
     * Works on whole vectors: it reads and writes up to one vector past the end.
     *
     * @param at     addresses of values
     * @param values which of them are the loop's: its operands, then its results
     * @param masks  for each operand that may stay: -1 to walk along it, 0 to read its first vector again and again
     * @param length elements
     */
    void run(long[] at, int[] values, int[] masks, int length);
}
