package dev.joule.core.scalar;

import java.util.Locale;

/** The scalar functions of two arguments. A comparison gives 1 or 0 in the type of its arguments. */
public enum Binary {
    ADD, SUB, MUL, DIV, POW, MIN, MAX, LESS, LESS_EQUAL, EQUAL, NOT_EQUAL;

    /** The meaning. MIN and MAX of a NaN are NaN. */
    public double apply(double a, double b) {
        return switch (this) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case POW -> Math.pow(a, b);
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case LESS -> a < b ? 1 : 0;
            case LESS_EQUAL -> a <= b ? 1 : 0;
            case EQUAL -> a == b ? 1 : 0;
            case NOT_EQUAL -> a != b ? 1 : 0;
        };
    }

    /** The meaning on integers, which wrap around as Java's do. */
    public int applyInt(int a, int b) {
        return switch (this) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case LESS -> a < b ? 1 : 0;
            case LESS_EQUAL -> a <= b ? 1 : 0;
            case EQUAL -> a == b ? 1 : 0;
            case NOT_EQUAL -> a != b ? 1 : 0;
            case DIV, POW -> throw new IllegalArgumentException(word() + " is not defined on int32");
        };
    }

    public boolean onIntegers() {
        return this != DIV && this != POW;
    }

    public boolean isComparison() {
        return switch (this) {
            case LESS, LESS_EQUAL, EQUAL, NOT_EQUAL -> true;
            case ADD, SUB, MUL, DIV, POW, MIN, MAX -> false;
        };
    }

    /** The name that a user knows it by. */
    public String word() {
        return switch (this) {
            case LESS_EQUAL -> "lessEqual";
            case NOT_EQUAL -> "notEqual";
            default -> name().toLowerCase(Locale.ROOT);
        };
    }
}
