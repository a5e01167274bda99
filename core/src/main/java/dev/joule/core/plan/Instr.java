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
