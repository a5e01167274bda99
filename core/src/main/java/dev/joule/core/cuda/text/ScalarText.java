package dev.joule.core.cuda.text;

import dev.joule.core.DType;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;

/** The scalar vocabulary as C. What has no name in C has one in prelude.cu. */
final class ScalarText {
    private ScalarText() {
    }

    static String type(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> "float";
            case FLOAT64 -> "double";
            case INT32 -> "int";
        };
    }

    /** What a reduction adds up in: a sum of integers that grows out of int32 wraps around when it is written. */
    static String totalType(DType dtype) {
        return dtype == DType.INT32 ? "long long" : type(dtype);
    }

    static String constant(DType dtype, double value) {
        String number = switch (dtype) {
            case INT32 -> (int) value == Integer.MIN_VALUE ? "(-2147483647 - 1)" : Integer.toString((int) value);
            case FLOAT32 -> Float.isFinite((float) value) ? (float) value + "f" : special((float) value);
            case FLOAT64 -> Double.isFinite(value) ? Double.toString(value) : special(value);
        };
        return number.startsWith("-") ? "(" + number + ")" : number;
    }

    private static String special(double value) {
        return Double.isNaN(value) ? "NAN_VALUE" : value > 0 ? "INFINITE" : "-INFINITE";
    }

    static String unary(DType dtype, Unary op, String a) {
        boolean single = dtype == DType.FLOAT32;
        return switch (op) {
            case NEG -> dtype == DType.INT32 ? "neg(" + a + ")" : "-" + a;
            case ABS -> "absolute(" + a + ")";
            case SIGN -> "sign(" + a + ")";
            case RECIPROCAL -> (single ? "1.0f / " : "1.0 / ") + a;
            case SIGMOID -> "sigmoid(" + a + ")";
            case SOFTPLUS -> "softplus(" + a + ")";
            case SATURATION -> (single ? "-expm1f(-" : "-expm1(-") + a + ")";
            case EXP, EXPM1, LOG, LOG1P, SQRT, RSQRT, SIN, COS, TANH, ERF, FLOOR -> op.word() + (single ? "f(" : "(") + a + ")";
        };
    }

    static String binary(DType dtype, Binary op, String a, String b) {
        boolean integer = dtype == DType.INT32;
        String yes = " ? " + constant(dtype, 1) + " : " + constant(dtype, 0);
        return switch (op) {
            case ADD -> integer ? "add(" + a + ", " + b + ")" : a + " + " + b;
            case SUB -> integer ? "sub(" + a + ", " + b + ")" : a + " - " + b;
            case MUL -> integer ? "mul(" + a + ", " + b + ")" : a + " * " + b;
            case DIV -> a + " / " + b;
            case POW -> "power(" + a + ", " + b + ")";
            case MIN -> "least(" + a + ", " + b + ")";
            case MAX -> "most(" + a + ", " + b + ")";
            case LESS -> a + " < " + b + yes;
            case LESS_EQUAL -> a + " <= " + b + yes;
            case EQUAL -> a + " == " + b + yes;
            case NOT_EQUAL -> a + " != " + b + yes;
        };
    }

    static String cast(DType to, DType from, String a) {
        return to == from ? a : to == DType.INT32 ? "truncated(" + a + ")" : "static_cast<" + type(to) + ">(" + a + ")";
    }

    /** The element that uses word {@code lane} of a block. */
    static String draw(DType dtype, Draw draw, String words, String lane) {
        return switch (draw) {
            case Draw.Uniform() -> "uniform(" + words + ", " + lane + ")";
            case Draw.Normal() -> (dtype == DType.FLOAT64 ? "normal_double(" : "normal(") + words + ", " + lane + ")";
            case Draw.Integers(int bound) -> "integer(" + words + ", " + lane + ", " + bound + "u)";
        };
    }

    static String reducer(Reducer reducer) {
        return switch (reducer) {
            case SUM -> "Sum";
            case MAX -> "Max";
        };
    }
}
