package dev.joule.core;

import java.util.Locale;

/** The element types of Joule: two real ones, and one integer for indices. */
public enum DType {
    FLOAT32(4), FLOAT64(8), INT32(4);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    public boolean isReal() {
        return this != INT32;
    }

    /** The value that this type keeps of {@code x}: rounded to float, or truncated to an int. */
    public double round(double x) {
        return switch (this) {
            case FLOAT32 -> (float) x;
            case FLOAT64 -> x;
            case INT32 -> (int) x;
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
