package dev.joule.core.cpu.memory;

import dev.joule.core.plan.View;

/**
 * A view over the flattened domain, in bytes: its axes without those of size 1, and with neighbours merged where one goes on
 * where the other ends. Most views shrink to one axis: a run of elements, or one element again and again.
 *
 * @param base address of the domain's first element
 * @param bytes size of an element
 * @param shift how much further that is for each block of rows or each worker, in bytes
 */
public record Walk(long base, int bytes, long[] sizes, long[] steps, Shift shift) {

    public static Walk of(long base, int bytes, int[] domain, long[] strides, Shift shift) {
        long[] sizes = new long[domain.length];
        long[] steps = new long[domain.length];
        int axes = 0;
        for (int axis = 0; axis < domain.length; axis++) {
            long step = strides[axis] * bytes;
            if (domain[axis] == 1) {
                continue;
            }
            if (axes > 0 && steps[axes - 1] == step * domain[axis]) {
                sizes[axes - 1] *= domain[axis];
                steps[axes - 1] = step;
            } else {
                sizes[axes] = domain[axis];
                steps[axes] = step;
                axes++;
            }
        }
        if (axes == 0 || axes == 1 && steps[0] == 0) {
            return new Walk(base, bytes, new long[]{Long.MAX_VALUE}, new long[]{0}, shift);
        }
        return new Walk(base, bytes, java.util.Arrays.copyOf(sizes, axes), java.util.Arrays.copyOf(steps, axes), shift);
    }

    /** The elements of an array in memory. */
    public static Walk of(Addresses addresses, View view, int[] domain, Shift.OfViews shifts) {
        int bytes = addresses.dtype(view).bytes();
        return of(addresses.of(view), bytes, domain, view.strides(), shifts.of(view).times(bytes));
    }

    /** Positions instead of addresses: what {@code Index} and {@code Random} number their elements by. */
    public static Walk positions(View place, int[] domain, Shift.OfViews shifts) {
        return of(place.offset(), 1, domain, place.strides(), shifts.of(place));
    }

    /** Address of the first element, for a block of rows and a worker. */
    public long base(int block, int worker) {
        return base + shift.turns(block, worker) * shift.elements();
    }

    /** Whether all elements are one. */
    public boolean isUniform() {
        return steps.length == 1 && steps[0] == 0;
    }

    /** Whether the elements lie one after the other. */
    public boolean isContiguous() {
        return steps.length == 1 && steps[0] == bytes;
    }

    /** Whether neighbours of a run lie one after the other. */
    public boolean hasRuns() {
        return step() == bytes;
    }

    /** Distance of two neighbours of a run. */
    public long step() {
        return step(-1);
    }

    /** Distance of two neighbours along an axis, counted from the end, -1 for the last; 0 if there is none. */
    public long step(int axis) {
        return steps.length + axis < 0 ? 0 : steps[steps.length + axis];
    }
}
