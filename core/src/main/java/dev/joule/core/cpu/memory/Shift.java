package dev.joule.core.cpu.memory;

import dev.joule.core.plan.View;

/**
 * How many elements a view is further on: in each block of rows; or, if its values are those of one block only, in the memory of each
 * worker.
 */
public record Shift(long elements, boolean byWorker) {
    public static final Shift NONE = new Shift(0, false);

    /** The shift of each view of a step. */
    @FunctionalInterface
    public interface OfViews {
        /** There is one block only. */
        OfViews NONE = _ -> Shift.NONE;

        Shift of(View view);
    }

    /** In bytes instead of elements of so many bytes. */
    public Shift times(int bytes) {
        return new Shift(elements * bytes, byWorker);
    }

    /** What number {@link #elements} is to be multiplied by. */
    public int turns(int block, int worker) {
        return byWorker ? worker : block;
    }
}
