package dev.joule.core.cpu.rows;

import dev.joule.core.BadProperty;

/**
 * How many chunks a run of rows may have: as many as there are processors, as a power of two, 2 to 8. Each further one is another share of
 * every sum over the rows, which all go through memory, and another visit to every step. {@code -Djoule.chunks=8} makes them, and with them
 * the last bits of sums, the same on machines with other numbers of processors.
 */
final class MostChunks {
    private static final String PROPERTY = "joule.chunks";
    private static final int FEWEST = 2, MOST = 8;

    private MostChunks() {
    }

    /** @throws BadProperty if the property is no power of two from 1 to 8 */
    static int here() {
        String value = System.getProperty(PROPERTY);
        return value == null ? of(Runtime.getRuntime().availableProcessors()) : parse(value.strip());
    }

    static int of(int processors) {
        return Math.clamp(Integer.highestOneBit(2 * processors - 1), FEWEST, MOST);
    }

    private static int parse(String value) {
        if (!value.matches("[1248]")) {
            throw new BadProperty(PROPERTY + ": \"" + value + "\" is not a number of chunks: 1, 2, 4 or 8");
        }
        return Integer.parseInt(value);
    }
}
