package dev.joule.core.plan;

import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/** Seeds of random tests: from 1 on, or what the options -Djoule.seed (the first) and -Djoule.cases (how many) say. */
public final class Seeds {
    private static final long FIRST = Long.getLong("joule.seed", 1);
    private static final Integer COUNT = Integer.getInteger("joule.cases");

    private Seeds() {
    }

    /** @param count how many, if the options do not say it */
    public static long[] of(int count) {
        return LongStream.range(FIRST, FIRST + (COUNT == null ? count : COUNT)).toArray();
    }

    /** The first numbers of neighbouring seeds would be alike, were they not mixed. */
    public static Random random(long seed) {
        return new Random(new SplittableRandom(seed).nextLong());
    }

    /** The option that begins with a seed. */
    public static String option(long seed) {
        return "-Djoule.seed=" + seed;
    }
}
