package dev.joule.core.reference;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.LoopStep.Reduction;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Philox;

/**
 * A loop step, read aloud: for each place of the domain compute the body's values, store some, combine others. Values are
 * doubles, each rounded to its type, so that the result does not depend on which of them the planner stores.
 */
final class ReferenceLoop {
    private final Plan plan;
    private final LoopStep step;
    private final MemorySegment[] memory;
    private final long seed;
    private final long clock;
    private final List<Instr> body;
    private final double[] values;     // of the body's instructions, at the current place
    private final double[][] totals;   // of each reduction, by the number of its place among the kept ones

    ReferenceLoop(Plan plan, LoopStep step, MemorySegment[] memory, long seed, long clock) {
        this.plan = plan;
        this.step = step;
        this.memory = memory;
        this.seed = seed;
        this.clock = clock;
        this.body = step.body();
        this.values = new double[body.size()];
        this.totals = new double[step.reductions().size()][];
    }

    void run() {
        int[] kept = step.domain().clone();
        Arrays.fill(kept, step.reduceFrom(), step.reduceTo(), 1);
        int places = Arrays.stream(kept).reduce(1, Math::multiplyExact);
        for (int r = 0; r < totals.length; r++) {
            totals[r] = new double[places];
            Arrays.fill(totals[r], step.reductions().get(r).reducer().identity());
        }

        Places.forEach(step.domain(), place -> {
            for (int i = 0; i < values.length; i++) {
                values[i] = body.get(i).dtype().round(value(body.get(i), place));
            }
            for (LoopStep.Store store : step.stores()) {
                elements(store.view()).set(values[store.register()], place);
            }
            int at = number(place, kept);
            for (int r = 0; r < totals.length; r++) {
                Reduction reduction = step.reductions().get(r);
                totals[r][at] = combined(reduction, totals[r][at]);
            }
        });

        Places.forEach(kept, place -> {
            for (int r = 0; r < totals.length; r++) {
                elements(step.reductions().get(r).view()).set(totals[r][number(place, kept)], place);
            }
        });
    }

    private double combined(Reduction reduction, double total) {
        double value = values[reduction.register()];
        return body.get(reduction.register()).dtype() == DType.INT32 ? reduction.reducer().combineInt((int) total, (int) value)
                : reduction.reducer().combine(total, value);
    }

    private double value(Instr instr, int[] place) {
        return switch (instr) {
            case Instr.Const(DType dtype, double value) -> dtype.round(value);
            case Instr.Load(_, View view) -> elements(view).get(place);
            case Instr.Gather(_, View view, long rowStride, int rows, int a) -> {
                int row = (int) values[a];
                if (row < 0 || row >= rows) {
                    throw new IndexOutOfBoundsException(
                            "gather: row " + row + " is outside of 0.." + (rows - 1) + " (" + step.origin() + ")");
                }
                yield elements(new View(view.slot(), view.offset() + row * rowStride, view.strides())).get(place);
            }
            case Instr.Index(_, View position) -> Elements.position(position, place);
            case Instr.Random(_, Draw draw, int stream, View position) -> {
                long element = Elements.position(position, place);
                int[] words = new int[4];
                Philox.block(seed, stream, clock, (int) (element / 4), words, 0);
                yield draw.of(words, 0, (int) (element % 4));
            }
            case Instr.Map(DType dtype, var op, int a) ->
                dtype == DType.INT32 ? op.applyInt((int) values[a]) : op.apply(values[a]);
            case Instr.Zip(DType dtype, Binary op, int a, int b) -> dtype == DType.INT32
                    ? op.applyInt((int) values[a], (int) values[b])
                    : op.apply(values[a], values[b]);
            case Instr.Select(_, int a, int b, int c) -> values[a] != 0 ? values[b] : values[c];
            case Instr.Cast(DType dtype, int a) -> dtype.round(values[a]);
        };
    }

    private Elements elements(View view) {
        return new Elements(plan, view, memory);
    }

    /** The row-major number of a place in {@code kept}, whose reduced axes have size 1. */
    private int number(int[] place, int[] kept) {
        int number = 0;
        for (int axis = 0; axis < kept.length; axis++) {
            boolean reduced = axis >= step.reduceFrom() && axis < step.reduceTo();
            number = number * kept[axis] + (reduced ? 0 : place[axis]);
        }
        return number;
    }
}
