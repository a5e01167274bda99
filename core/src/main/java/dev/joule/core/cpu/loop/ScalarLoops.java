package dev.joule.core.cpu.loop;

import static dev.joule.core.cpu.memory.Raw.get;
import static dev.joule.core.cpu.memory.Raw.put;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Unary;

/** Tiles of any type, one element at a time through double: what has no vector loop of its own. */
final class ScalarLoops {
    private ScalarLoops() {
    }

    static MapLoop map(DType dtype, Unary op) {
        if (dtype == DType.INT32) {
            return (a, aMask, out, length) -> {
                for (int i = 0; i < 4 * length; i += 4) {
                    Raw.putInt(out + i, op.applyInt(Raw.getInt(a + (i & aMask))));
                }
            };
        }
        int bytes = dtype.bytes();
        return (a, aMask, out, length) -> {
            for (int i = 0; i < bytes * length; i += bytes) {
                put(dtype, out + i, op.apply(get(dtype, a + (i & aMask))));
            }
        };
    }

    static ZipLoop zip(DType dtype, Binary op) {
        if (dtype == DType.INT32) {
            return (a, aMask, b, bMask, out, length) -> {
                for (int i = 0; i < 4 * length; i += 4) {
                    Raw.putInt(out + i, op.applyInt(Raw.getInt(a + (i & aMask)), Raw.getInt(b + (i & bMask))));
                }
            };
        }
        int bytes = dtype.bytes();
        return (a, aMask, b, bMask, out, length) -> {
            for (int i = 0; i < bytes * length; i += bytes) {
                put(dtype, out + i, op.apply(get(dtype, a + (i & aMask)), get(dtype, b + (i & bMask))));
            }
        };
    }

    /** The condition may be of another type than the two values. */
    static SelectLoop select(DType condition, DType dtype) {
        int from = condition.bytes();
        int bytes = dtype.bytes();
        return (a, aMask, b, bMask, c, cMask, out, length) -> {
            for (int i = 0; i < length; i++) {
                boolean holds = get(condition, a + (from * i & aMask)) != 0;
                put(dtype, out + bytes * i, holds ? get(dtype, b + (bytes * i & bMask)) : get(dtype, c + (bytes * i & cMask)));
            }
        };
    }

    static MapLoop cast(DType from, DType to) {
        return (a, aMask, out, length) -> {
            for (int i = 0; i < length; i++) {
                put(to, out + to.bytes() * i, get(from, a + (from.bytes() * i & aMask)));
            }
        };
    }

    static void fill(DType dtype, long out, int length, double value) {
        put(dtype, out, value);
        if (dtype.bytes() == 4) {
            Strided.copyInts(out, 0, out, 4, length);
        } else {
            Strided.copyLongs(out, 0, out, 8, length);
        }
    }
}
