package dev.joule.core.plan;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalInt;

import dev.joule.core.DType;
import dev.joule.core.Tensor;

/** Looks at what the steps of a plan have written, one after the other, for the first that is not a finite number. */
public final class NonFinite {
    private OptionalInt nan = OptionalInt.empty();
    private OptionalInt infinite = OptionalInt.empty();

    /** Looks at an array that step {@code step} wrote into a slot of {@code dtype} at {@code memory}. */
    public void look(int step, Written written, DType dtype, MemorySegment memory) {
        if (dtype.isReal()) {
            look(step, written, 0, written.view().offset(), dtype, memory);
        }
    }

    private void look(int step, Written written, int axis, long at, DType dtype, MemorySegment memory) {
        if (axis < written.domain().length) {
            for (int i = 0; i < written.domain()[axis]; i++) {
                look(step, written, axis + 1, at + i * written.view().strides()[axis], dtype, memory);
            }
            return;
        }
        double value = Tensor.get(memory, dtype, at);
        if (Double.isNaN(value) && nan.isEmpty()) {
            nan = OptionalInt.of(step);
        }
        if (Double.isInfinite(value) && infinite.isEmpty()) {
            infinite = OptionalInt.of(step);
        }
    }

    /**
     * Numbers of steps.
     *
     * @param step     the first that wrote a NaN, or else the first that wrote an infinity
     * @param infinite the first that wrote an infinity, if the NaN came later
     */
    public record Found(int step, OptionalInt infinite) {
    }

    /** What there was, if there was anything. */
    public Optional<Found> found() {
        if (nan.isEmpty()) {
            return infinite.isEmpty() ? Optional.empty() : Optional.of(new Found(infinite.getAsInt(), OptionalInt.empty()));
        }
        boolean before = infinite.isPresent() && infinite.getAsInt() < nan.getAsInt();
        return Optional.of(new Found(nan.getAsInt(), before ? infinite : OptionalInt.empty()));
    }
}
