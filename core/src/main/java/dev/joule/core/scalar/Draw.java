package dev.joule.core.scalar;

/**
 * A distribution that a random element can be drawn from, as a function of Philox words. The numbers are the same for
 * every real type (24 bits for uniform), so that a run in float64 checks the run in float32 on the same draws.
 */
public sealed interface Draw {
    /** Uniform on [0, 1), in multiples of 2^-24. */
    record Uniform() implements Draw {
    }

    /** Standard normal. */
    record Normal() implements Draw {
    }

    /** Integers 0 .. bound - 1, each with a probability that is off by at most bound / 2^32. */
    record Integers(int bound) implements Draw {
    }

    /** The element that uses word {@code lane} (0 to 3) of a block of four words beginning at {@code words[at]}. */
    default double of(int[] words, int at, int lane) {
        return switch (this) {
            case Uniform() -> uniform(words[at + lane]);
            case Normal() -> radius(words[at + (lane & 2)]) * Math.cos(angle(words[at + (lane | 1)], lane));
            case Integers(int bound) -> integer(words[at + lane], bound);
        };
    }

    static float uniform(int word) {
        return (word >>> 8) * 0x1p-24f;
    }

    /** floor(word * bound / 2^32). */
    static int integer(int word, int bound) {
        return (int) ((word & 0xFFFFFFFFL) * bound >>> 32);
    }

    /** Box-Muller's radius sqrt(-2 log u), where u in (0, 1) has 32 bits. */
    static double radius(int word) {
        return Math.sqrt(-2 * Math.log(unit(word)));
    }

    /** u in (0, 1): the middle of the word's cell. */
    static double unit(int word) {
        return ((word & 0xFFFFFFFFL) + 0.5) * 0x1p-32;
    }

    /** Box-Muller's angle: 2 pi u for the even lane; a quarter turn less for the odd one, as sin a = cos(a - pi/2). */
    static double angle(int word, int lane) {
        return 2 * Math.PI * (unit(word) - 0.25 * (lane & 1));
    }
}
