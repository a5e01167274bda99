package dev.joule.core.reference;

import java.lang.foreign.MemorySegment;

import dev.joule.core.DType;
import dev.joule.core.Tensor;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.View;

/** The elements of a view, by their place in the domain. */
record Elements(MemorySegment memory, DType dtype, View view) {
    Elements(Plan plan, View view, MemorySegment[] memory) {
        this(memory[view.slot()], plan.slot(view).dtype(), view);
    }

    double get(int... index) {
        return Tensor.get(memory, dtype, position(view, index));
    }

    void set(double value, int... index) {
        Tensor.set(memory, dtype, position(view, index), value);
    }

    /** offset + i0 * strides[0] + i1 * strides[1] + ... */
    static long position(View view, int[] index) {
        long position = view.offset();
        for (int axis = 0; axis < index.length; axis++) {
            position += index[axis] * view.strides()[axis];
        }
        return position;
    }
}
