package dev.joule.core.plan;

import dev.joule.core.DType;

/** A run of elements that steps read and write: a piece of the plan's arena, or a tensor from outside. */
public record Slot(DType dtype, long count, Place place, String label) {
    public sealed interface Place {
        /** Byte offset in the arena, a multiple of 64. */
        record Arena(long offset) implements Place {
        }

        /** Number of the tensor in the list that the plan is prepared with: a variable, a constant, an output. */
        record External(int index) implements Place {
        }
    }

    public long bytes() {
        return Math.multiplyExact(count, dtype.bytes());
    }
}
