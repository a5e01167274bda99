package dev.joule.core.plan;

import dev.joule.core.DType;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Unary;

/**
 * One instruction of a loop body: it computes one value per element of the domain. The operands {@code a}, {@code b} …
 * are the numbers of earlier instructions of the same body.
 */
public sealed interface Instr {
    /** The type of the value. */
    DType dtype();

    /** The numbers of the instructions whose values it takes. */
    default int[] operands() {
        return switch (this) {
            case Const _, Load _, Index _, Random _ -> new int[0];
            case Gather(_, _, _, _, int a) -> new int[]{a};
            case Map(_, _, int a) -> new int[]{a};
            case Zip(_, _, int a, int b) -> new int[]{a, b};
            case Select(_, int a, int b, int c) -> new int[]{a, b, c};
            case Cast(_, int a) -> new int[]{a};
        };
    }

    /** The same in a body where instruction {@code i} has the number {@code to[i]}. */
    default Instr renumbered(int[] to) {
        return switch (this) {
            case Const _, Load _, Index _, Random _ -> this;
            case Gather(var dtype, var view, var rowStride, var rows, var a) -> new Gather(dtype, view, rowStride, rows, to[a]);
            case Map(var dtype, var op, var a) -> new Map(dtype, op, to[a]);
            case Zip(var dtype, var op, var a, var b) -> new Zip(dtype, op, to[a], to[b]);
            case Select(var dtype, var a, var b, var c) -> new Select(dtype, to[a], to[b], to[c]);
            case Cast(var dtype, var a) -> new Cast(dtype, to[a]);
        };
    }

    /** The same number everywhere. */
    record Const(DType dtype, double value) implements Instr {
    }

    /** The element of a slot. */
    record Load(DType dtype, View view) implements Instr {
    }

    /** Row {@code a} of a slot with {@code rows} rows: the element at {@code view + a * rowStride}. A row outside is an error. */
    record Gather(DType dtype, View view, long rowStride, int rows, int a) implements Instr {
    }

    /** The position itself, {@code offset + sum of index * stride}; {@code place.slot()} is not used. */
    record Index(DType dtype, View place) implements Instr {
    }

    /** The random element with the number {@code place} (as in {@link Index}) of a stream. */
    record Random(DType dtype, Draw draw, int stream, View place) implements Instr {
    }

    record Map(DType dtype, Unary op, int a) implements Instr {
    }

    record Zip(DType dtype, Binary op, int a, int b) implements Instr {
    }

    /** {@code a != 0 ? b : c}. */
    record Select(DType dtype, int a, int b, int c) implements Instr {
    }

    /** {@code a} in another type; to int32 by truncation. */
    record Cast(DType dtype, int a) implements Instr {
    }
}
