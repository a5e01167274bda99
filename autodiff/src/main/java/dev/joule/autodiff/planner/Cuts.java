package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.OtherViews;
import dev.joule.core.plan.View;

/**
 * The axes of a domain cut into shorter ones, as [512, 128] into [128, 4, 128]. The elements and their order stay the same.
 *
 * @param parts for each axis, the sizes that it is cut into
 */
record Cuts(List<int[]> parts) {

    /** One axis cut. */
    static Cuts of(int[] domain, int axis, int... parts) {
        return new Cuts(IntStream.range(0, domain.length).mapToObj(a -> a == axis ? parts : new int[]{domain[a]}).toList());
    }

    /** How one domain becomes another, if that can be done by cutting axes. */
    static Optional<Cuts> of(int[] coarse, int[] fine) {
        List<int[]> parts = new ArrayList<>();
        int next = 0;
        for (int size : coarse) {
            int from = next;
            long all = 1;
            while (next < fine.length && (next == from || all < size)) {
                all *= fine[next++];
            }
            if (all != size) {
                return Optional.empty();
            }
            parts.add(Arrays.copyOfRange(fine, from, next));
        }
        return next == fine.length ? Optional.of(new Cuts(parts)) : Optional.empty();
    }

    int[] domain() {
        return parts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    /** Where an axis begins now. */
    int axis(int axis) {
        return parts.stream().limit(axis).mapToInt(each -> each.length).sum();
    }

    LoopStep loop(LoopStep loop) {
        LoopStep cut = new OtherViews(this::view, this::view).step(loop);
        return new LoopStep(domain(), axis(loop.reduceFrom()), axis(loop.reduceTo()), cut.body(), cut.stores(), cut.reductions(),
                loop.origin());
    }

    /** The last part of an axis goes on in the axis' steps, each one before it in steps of all that is behind it. */
    private View view(View view) {
        long[] strides = new long[parts.stream().mapToInt(each -> each.length).sum()];
        int to = strides.length;
        for (int axis = parts.size() - 1; axis >= 0; axis--) {
            long stride = view.strides()[axis];
            for (int part = parts.get(axis).length - 1; part >= 0; part--) {
                strides[--to] = stride;
                stride *= parts.get(axis)[part];
            }
        }
        return new View(view.slot(), view.offset(), strides);
    }
}
