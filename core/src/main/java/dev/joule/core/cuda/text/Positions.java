package dev.joule.core.cuda.text;

import java.util.List;

import dev.joule.core.plan.View;

/**
 * Where things are, as C: axis {@code a} of a loop has the index {@code i<a>}. Indices are unsigned, of 32 bits where that is enough:
 * what is subtracted may wrap around on the way, since a pointer is to the lowest element that its view touches. Where a block has rows of
 * its own, the axes are those of its rows, and {@code row} is the first of them.
 *
 * @param domain of the whole loop
 */
record Positions(Axes axes, int[] domain, BlockRows rows, boolean wide) {
    /** The type of an index. */
    String type() {
        return wide ? "unsigned long long" : "unsigned";
    }

    /** The number of a thread among those of all blocks. */
    String thread() {
        return (wide ? "(unsigned long long) " : "") + "block * THREADS + threadIdx.x";
    }

    /** Lines that make {@code from}, a number below the product of some axes' sizes, the indices of these axes. */
    String indices(String from, List<Integer> which, int width) {
        StringBuilder lines = new StringBuilder();
        String rest = from;
        for (int at = which.size() - 1; at >= 0; at--) {
            int axis = which.get(at);
            boolean innermost = width > 1 && at == which.size() - 1;
            long size = innermost ? axes.sizes()[axis] / width : axes.sizes()[axis];
            String number = size == 1 ? "0" : at == 0 ? rest : rest + " % " + size;
            lines.append("const ").append(type()).append(" i").append(axis).append(" = ").append(number)
                    .append(innermost && size > 1 ? " * " + width : "").append(";\n");
            rest = size == 1 ? rest : rest + " / " + size;
        }
        return lines.toString();
    }

    /** The place of an element in a slot, counted from the lowest one of its view. */
    String element(View view) {
        return sum(view, view.offset() - lowest(view));
    }

    /** The position itself. */
    String position(View place) {
        return sum(place, place.offset());
    }

    long lowest(View view) {
        return view.lowest(domain);
    }

    private String sum(View view, long constant) {
        StringBuilder sum = new StringBuilder();
        if (constant != 0) {
            sum.append(constant < 0 ? "(" + type() + ") " : "").append(constant).append(constant > 0 ? "u" : "");
        }
        if (rows.any()) {
            add(sum, "row", view.strides()[rows.axis()]);
        }
        for (int axis = 0; axis < axes.count(); axis++) {
            add(sum, "i" + axis, axes.stride(view, axis));
        }
        return sum.isEmpty() ? "0" : sum.toString();
    }

    private static void add(StringBuilder sum, String index, long stride) {
        if (stride != 0) {
            sum.append(stride < 0 ? sum.isEmpty() ? "0u - " : " - " : sum.isEmpty() ? "" : " + ").append(index)
                    .append(Math.abs(stride) == 1 ? "" : " * " + Math.abs(stride));
        }
    }

    /** Whether {@code width} elements along the last axis are neighbours, and the first one's place is a multiple of the width. */
    boolean aligned(View view, long offset, int width) {
        int inner = axes.count() - 1;
        if (inner < 0 || axes.stride(view, inner) != 1 || offset % width != 0
                || rows.any() && view.strides()[rows.axis()] * rows.count() % width != 0) {
            return false;
        }
        for (int axis = 0; axis < inner; axis++) {
            if (axes.stride(view, axis) % width != 0) {
                return false;
            }
        }
        return true;
    }

    /** A position, moved by {@code w} elements along the last axis. */
    String shifted(String position, View view) {
        long step = step(view);
        return step == 0 ? position
                : position + (step < 0 ? " - " : " + ") + "w" + (Math.abs(step) == 1 ? "" : " * " + Math.abs(step));
    }

    /** How far the next element along the last axis is. */
    long step(View view) {
        return axes.count() == 0 ? 0 : axes.stride(view, axes.count() - 1);
    }
}
