package dev.joule.core.plan;

import java.util.Arrays;

/**
 * Where the elements of an array lie in a slot: element (i0, i1, ...) of a step's domain is at
 * {@code offset + i0 * strides[0] + i1 * strides[1] + ...}. Broadcasting is a stride of 0, a transposed array has its
 * strides exchanged, a flipped one a negative stride.
 */
public record View(int slot, long offset, long[] strides) {

    /** Index of the first element that the view touches over a domain; the domain must not be empty. */
    public long lowest(int[] domain) {
        long lowest = offset;
        for (int axis = 0; axis < domain.length; axis++) {
            lowest += Math.min(0, strides[axis] * (domain[axis] - 1L));
        }
        return lowest;
    }

    /** Index of the last element that the view touches over a domain; the domain must not be empty. */
    public long highest(int[] domain) {
        long highest = offset;
        for (int axis = 0; axis < domain.length; axis++) {
            highest += Math.max(0, strides[axis] * (domain[axis] - 1L));
        }
        return highest;
    }

    /** Whether the two views touch the same elements in the same order. */
    public boolean same(View other) {
        return slot == other.slot && offset == other.offset && Arrays.equals(strides, other.strides);
    }

    @Override
    public String toString() {
        return "#" + slot + (offset == 0 ? "" : "+" + offset) + Arrays.toString(strides);
    }
}
