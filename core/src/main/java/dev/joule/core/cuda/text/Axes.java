package dev.joule.core.cuda.text;

import java.util.ArrayList;
import java.util.List;

import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.View;

/**
 * The axes of a loop, as few as possible: those of size 1 are left out, and two neighbours are one where every view goes on in the
 * second where the first ends. Axes {@code [reduceFrom, reduceTo)} are reduced.
 *
 * @param last for each axis, the last of the loop's axes that are in it: its strides are theirs
 */
record Axes(long[] sizes, int[] last, int reduceFrom, int reduceTo) {

    static Axes of(LoopStep loop) {
        List<View> views = views(loop);
        List<Long> sizes = new ArrayList<>();
        List<Integer> last = new ArrayList<>();
        int from = 0, to = 0;
        for (int axis = 0; axis < loop.domain().length; axis++) {
            if (axis == loop.reduceFrom()) {
                from = sizes.size();
            }
            if (axis == loop.reduceTo()) {
                to = sizes.size();
            }
            int size = loop.domain()[axis];
            if (size == 1) {
                continue;
            }
            int before = sizes.size() - 1;
            int start = axis >= loop.reduceTo() ? to : axis >= loop.reduceFrom() ? from : 0;
            if (before >= start && goesOn(views, last.get(before), axis, size)) {
                sizes.set(before, sizes.get(before) * size);
                last.set(before, axis);
            } else {
                sizes.add((long) size);
                last.add(axis);
            }
        }
        int rank = loop.domain().length;
        return new Axes(sizes.stream().mapToLong(size -> size).toArray(), last.stream().mapToInt(axis -> axis).toArray(),
                loop.reduceFrom() == rank ? sizes.size() : from, loop.reduceTo() == rank ? sizes.size() : to);
    }

    private static boolean goesOn(List<View> views, int outer, int inner, int size) {
        return views.stream().allMatch(view -> view.strides()[outer] == view.strides()[inner] * size);
    }

    private static List<View> views(LoopStep loop) {
        List<View> views = new ArrayList<>();
        for (Instr instr : loop.body()) {
            switch (instr) {
                case Instr.Load(_, View view) -> views.add(view);
                case Instr.Gather(_, View view, _, _, _) -> views.add(view);
                case Instr.Index(_, View place) -> views.add(place);
                case Instr.Random(_, _, _, View place) -> views.add(place);
                case Instr.Const _, Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> {
                }
            }
        }
        loop.stores().forEach(store -> views.add(store.view()));
        loop.reductions().forEach(reduction -> views.add(reduction.view()));
        return views;
    }

    int count() {
        return sizes.length;
    }

    boolean reduced(int axis) {
        return axis >= reduceFrom && axis < reduceTo;
    }

    /** The axes that are reduced, or those that are kept. */
    List<Integer> which(boolean reduced) {
        List<Integer> axes = new ArrayList<>();
        for (int axis = 0; axis < sizes.length; axis++) {
            if (reduced(axis) == reduced) {
                axes.add(axis);
            }
        }
        return axes;
    }

    /** The product of some axes' sizes. */
    long product(List<Integer> axes) {
        return axes.stream().mapToLong(axis -> sizes[axis]).reduce(1, Math::multiplyExact);
    }

    long stride(View view, int axis) {
        return view.strides()[last[axis]];
    }
}
