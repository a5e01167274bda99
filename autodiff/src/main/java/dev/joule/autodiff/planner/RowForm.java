package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.RowAccess;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;

/**
 * A step written so that one of its axes has the size of the batch: an axis of lead · rows · trail is cut into three. A product
 * whose depth is cut becomes {@code lead} products that add up.
 */
record RowForm(List<Step> steps, int axis, int rows) {
    /** More products than this are not worth it. */
    private static final int MOST_PRODUCTS = 8;
    /** A block of rows may lie in memory as so many pieces; or as more of them, if a row has so many elements of each. */
    private static final int MOST_PIECES = 16, LARGE_PIECE = 16;

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
                            RowForm form = loop(loop, axis, lead, rows);
                            if (form.isWhole() || form.piece() >= LARGE_PIECE) {
                                forms.add(form);
                            }
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
                    leads(mul.rows(), rows).forEach(lead -> forms.add(height(mul, lead, rows)));
                    leads(mul.depth(), rows).stream().filter(lead -> lead <= MOST_PRODUCTS)
                            .forEach(lead -> forms.add(depth(mul, lead, rows)));
                }
            }
            case ScatterStep _ -> {
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

    /** Of a product's rows, or its depth; where that is several axes, the rows are to be at the front of the first. */
    private static List<Integer> leads(int[] axes, int rows) {
        return axes.length == 1 ? leads(axes[0], rows) : axes[0] % rows == 0 ? List.of(1) : List.of();
    }

    // ---- loops ----

    private static RowForm loop(LoopStep loop, int axis, int lead, int rows) {
        int trail = loop.domain()[axis] / rows / lead;
        if (lead == 1 && trail == 1) {
            return new RowForm(List.of(loop), axis, rows);
        }
        int[] parts = lead == 1 ? new int[]{rows, trail} : trail == 1 ? new int[]{lead, rows} : new int[]{lead, rows, trail};
        return new RowForm(List.of(Cuts.of(loop.domain(), axis, parts).loop(loop)), axis + (lead > 1 ? 1 : 0), rows);
    }

    /** Whether a block of rows is a few pieces of memory, not many. */
    boolean isWhole() {
        return !(steps.getFirst() instanceof LoopStep loop) || size(loop.domain(), 0, axis) <= MOST_PIECES;
    }

    /** Elements of a row that lie together, of a loop. */
    private long piece() {
        int[] domain = ((LoopStep) steps.getFirst()).domain();
        return size(domain, axis + 1, domain.length);
    }

    private static long size(int[] domain, int from, int to) {
        return Arrays.stream(domain, from, to).asLongStream().reduce(1, (a, b) -> a * b);
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
        if (lead == 1) {
            return new RowForm(List.of(mul), m + 2, rows);
        }
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
