package dev.joule.core.cuda.text;

/**
 * The rows of a batch that a block of threads takes by itself: in the text of a function they are those from {@code row} on.
 *
 * @param axis  of a loop's domain along which they lie; -1 where a block takes elements as they come, of any row
 * @param count how many; a divisor of that axis' size
 */
public record BlockRows(int axis, int count) {
    static final BlockRows NONE = new BlockRows(-1, 0);

    boolean any() {
        return axis >= 0;
    }
}
