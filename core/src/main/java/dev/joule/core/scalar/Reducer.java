package dev.joule.core.scalar;

/** How a reduction combines elements. The other reductions are expressions over these two. */
public enum Reducer {
    SUM(0), MAX(Double.NEGATIVE_INFINITY);

    private final double identity;

    Reducer(double identity) {
        this.identity = identity;
    }

    /** The result over no elements. */
    public double identity() {
        return identity;
    }

    public double combine(double a, double b) {
        return switch (this) {
            case SUM -> a + b;
            case MAX -> Math.max(a, b);
        };
    }

    /** On integers, whose sums wrap around. */
    public int combineInt(int a, int b) {
        return switch (this) {
            case SUM -> a + b;
            case MAX -> Math.max(a, b);
        };
    }
}
