package dev.joule.core.cpu.product;

/**
 * How the left operand of a product lies in memory, float32 numbers: its rows {@code stride} bytes apart, or its columns, if what lies
 * there is its transpose. Its columns may come in pieces of {@code length}, each of which begins {@code apart} bytes behind the one
 * before: so lie the rows of a window. And there may be {@code lines} of such rows, {@code lineApart} bytes from one to the next, as there
 * are in an image.
 */
public record Left(boolean transposed, long stride, int pieces, int length, long apart, int lines, long lineApart) {
    public static Left of(boolean transposed, long stride, int columns) {
        return new Left(transposed, stride, 1, columns, 0, 1, 0);
    }

    /** A single line of it. */
    Left line() {
        return lines == 1 ? this : new Left(transposed, stride, pieces, length, apart, 1, 0);
    }

    /** Bytes from a number to the one below it. */
    long toNextRow() {
        return transposed ? Float.BYTES : stride;
    }

    /** Bytes from a number to the one to the right of it, within a piece. */
    long toNextColumn() {
        return transposed ? stride : Float.BYTES;
    }

    /** Bytes from behind so many columns of a piece to the beginning of the next piece. */
    long gap(int columns) {
        return apart - columns * toNextColumn();
    }

    int columns() {
        return pieces * length;
    }
}
