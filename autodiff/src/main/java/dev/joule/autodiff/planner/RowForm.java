package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.RowAccess;
import dev.joule.core.plan.ScatterAddStep;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;

/**
 * A step written so that one of its axes has the size of the batch: an axis of lead · rows · trail is cut into three. A product
 * whose depth is cut becomes {@code lead} products that add up.
 */
record RowForm(List<Step> steps, int axis, int rows) {
    /** More products than this are not worth it. */
    private static final int MOST_PRODUCTS = 8;

    /** All that a step touches in this form. */
    List<RowAccess> accesses() {
        return steps.stream().flatMap(step -> RowAccess.of(step, axis, rows).stream()).toList();
    }

    /** All forms that a step has; those that take the rows from the front of an axis come first. */
    static List<RowForm> of(Step step, int rows) {
        List<RowForm> forms = new ArrayList<>();
        switch (step) {
            case LoopStep loop -> {
                if (Arrays.stream(loop.domain()).noneMatch(size -> size == 0)) {
                    for (int axis = 0; axis < loop.domain().length; axis++) {
                        for (int lead : leads(loop.domain()[axis], rows)) {
                            forms.add(loop(loop, axis, lead, rows));
                        }
                    }
                }
            }
            case MatMulStep mul -> {
                if (mul.m() > 0 && mul.n() > 0 && mul.k() > 0 && Arrays.stream(mul.batch()).noneMatch(size -> size == 0)) {
                    for (int axis = 0; axis < mul.batch().length; axis++) {
                        if (mul.batch()[axis] == rows) {
                            forms.add(new RowForm(List.of(mul), axis, rows));
                        }
                    }
                    leads(mul.m(), rows).forEach(lead -> forms.add(height(mul, lead, rows)));
                    leads(mul.k(), rows).stream().filter(lead -> lead <= MOST_PRODUCTS)
                            .forEach(lead -> forms.add(depth(mul, lead, rows)));
                }
            }
            case ScatterAddStep _ -> {
            }
        }
        return forms;
    }

    /** How often all rows may come one after the other along an axis. */
    private static List<Integer> leads(int size, int rows) {
        if (size % rows != 0) {
            return List.of();
        }
        int times = size / rows;
        return IntStream.rangeClosed(1, times).filter(lead -> times % lead == 0).boxed().toList();
    }

    // ---- loops ----

    private static RowForm loop(LoopStep loop, int axis, int lead, int rows) {
        int trail = loop.domain()[axis] / rows / lead;
        if (lead == 1 && trail == 1) {
            return new RowForm(List.of(loop), axis, rows);
        }
        Cut cut = new Cut(axis, lead, rows, trail);
        int more = cut.count() - 1;
        LoopStep step = new LoopStep(cut.domain(loop.domain()), loop.reduceFrom() + (axis < loop.reduceFrom() ? more : 0),
                loop.reduceTo() + (axis < loop.reduceTo() ? more : 0), loop.body().stream().map(cut::instr).toList(),
                loop.stores().stream().map(store -> new LoopStep.Store(store.register(), cut.view(store.view()))).toList(),
                loop.reductions().stream()
                        .map(r -> new LoopStep.Reduction(r.register(), r.reducer(), cut.view(r.view()))).toList(),
                loop.origin());
        return new RowForm(List.of(step), axis + (lead > 1 ? 1 : 0), rows);
    }

    /** An axis as three, of which those of size 1 are left out. */
    private record Cut(int axis, int lead, int rows, int trail) {
        int count() {
            return 1 + (lead > 1 ? 1 : 0) + (trail > 1 ? 1 : 0);
        }

        int[] domain(int[] domain) {
            return IntStream.range(0, domain.length).flatMap(a -> a != axis ? IntStream.of(domain[a])
                    : IntStream.concat(lead > 1 ? IntStream.of(lead, rows) : IntStream.of(rows),
                            trail > 1 ? IntStream.of(trail) : IntStream.empty()))
                    .toArray();
        }

        View view(View view) {
            long[] strides = new long[view.strides().length + count() - 1];
            int to = 0;
            for (int a = 0; a < view.strides().length; a++) {
                long stride = view.strides()[a];
                if (a != axis) {
                    strides[to++] = stride;
                } else {
                    if (lead > 1) {
                        strides[to++] = stride * rows * trail;
                    }
                    strides[to++] = stride * trail;
                    if (trail > 1) {
                        strides[to++] = stride;
                    }
                }
            }
            return new View(view.slot(), view.offset(), strides);
        }

        Instr instr(Instr instr) {
            return switch (instr) {
                case Instr.Load(var dtype, var view) -> new Instr.Load(dtype, view(view));
                case Instr.Gather(var dtype, var view, var rowStride, var count, var a) ->
                    new Instr.Gather(dtype, view(view), rowStride, count, a);
                case Instr.Index(var dtype, var place) -> new Instr.Index(dtype, view(place));
                case Instr.Random(var dtype, var draw, var stream, var place) ->
                    new Instr.Random(dtype, draw, stream, view(place));
                case Instr.Const _, Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> instr;
            };
        }
    }

    // ---- products ----

    /** Rows of c. Each lead is one matrix of a batch. */
    private static RowForm height(MatMulStep mul, int lead, int rows) {
        int m = mul.batch().length;
        if (lead == 1) {
            return new RowForm(List.of(mul), m, rows);
        }
        int[] batch = Arrays.copyOf(mul.batch(), m + 1);
        batch[m] = lead;
        int height = mul.m() / lead;
        MatMulStep step = new MatMulStep(batch, height, mul.n(), mul.k(),
                behind(mul.a(), m, mul.a().strides()[m] * height), behind(mul.b(), m, 0),
                behind(mul.c(), m, mul.c().strides()[m] * height), mul.accumulate(), mul.origin());
        return new RowForm(List.of(step), m + 1, rows);
    }

    /** One more batch axis, the last. */
    private static View behind(View view, int axis, long stride) {
        long[] strides = new long[view.strides().length + 1];
        for (int a = 0; a < strides.length; a++) {
            strides[a] = a < axis ? view.strides()[a] : a == axis ? stride : view.strides()[a - 1];
        }
        return new View(view.slot(), view.offset(), strides);
    }

    /** The depth: c = Σ aᵢ bᵢ over the leads. */
    private static RowForm depth(MatMulStep mul, int lead, int rows) {
        int m = mul.batch().length, depth = mul.k() / lead;
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < lead; i++) {
            steps.add(new MatMulStep(mul.batch(), mul.m(), mul.n(), depth,
                    moved(mul.a(), (long) i * depth * mul.a().strides()[m + 1]),
                    moved(mul.b(), (long) i * depth * mul.b().strides()[m]), mul.c(), mul.accumulate() || i > 0, mul.origin()));
        }
        return new RowForm(List.copyOf(steps), m + 2, rows);
    }

    private static View moved(View view, long by) {
        return new View(view.slot(), view.offset() + by, view.strides());
    }
}
