package dev.joule.core.cpu.loop;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Walk;
import dev.joule.core.scalar.Reducer;

/** The totals of a reduction: where they go in the end, and where the totals of parts wait until they are combined. */
final class Totals {
    private final DType dtype;
    private final Reducer reducer;
    private final Walk target;
    private final long offset;
    private long parts;

    /** @param offset of this reduction's parts in the step's shared memory */
    Totals(DType dtype, Reducer reducer, Walk target, long offset) {
        this.dtype = dtype;
        this.reducer = reducer;
        this.target = target;
        this.offset = offset;
    }

    void bind(long shared) {
        parts = shared + offset;
    }

    DType dtype() {
        return dtype;
    }

    Reducer reducer() {
        return reducer;
    }

    /** How many axes the result has, as it lies in memory. */
    int axes() {
        return target.sizes().length;
    }

    /** Writes final totals from {@code totals} to the elements {@code first ..} of the result. */
    void store(Tile tile, long totals, long first, int count) {
        Strided.store(target, tile, first, count, totals, -1);
    }

    /** Keeps the totals of a part. */
    void keep(long totals, long position, int count) {
        if (dtype.bytes() == 4) {
            Strided.copyInts(totals, 4, part(position), 4, count);
        } else {
            Strided.copyLongs(totals, 8, part(position), 8, count);
        }
    }

    /** Address of one total of a part. */
    long part(long position) {
        return parts + position * dtype.bytes();
    }
}
