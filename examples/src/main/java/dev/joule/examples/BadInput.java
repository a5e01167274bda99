package dev.joule.examples;

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
}
