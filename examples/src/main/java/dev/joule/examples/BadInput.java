package dev.joule.examples;

import java.util.function.Supplier;

/** What the user asked for makes no sense, or cannot be done here. The message is one line. */
final class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadInput(String message) {
        super(message);
    }

    static void require(boolean holds, String message) {
        if (!holds) {
            throw new BadInput(message);
        }
    }

    static void requireAtLeastOne(String option, long value) {
        require(value >= 1, option + " is " + value + ", and must be at least 1");
    }

    /** What cannot be built of the options is their fault. */
    static <T> T unlessPossible(Supplier<T> build) {
        try {
            return build.get();
        } catch (IllegalArgumentException e) {
            throw new BadInput(e.getMessage());
        }
    }
}
