package dev.joule.core.plan;

import java.util.List;
import java.util.stream.Stream;

/**
 * A training step, or any computation, as backends see it: slots in memory and steps that run over them in order.
 *
 * @param runs which steps go through a batch row by row; a device may make use of that, or run all steps one after the other
 * @param arenaBytes size of the memory that all arena slots share
 * @param externals how many tensors from outside the slots refer to
 */
public record Plan(List<Slot> slots, List<Step> steps, List<RowRun> runs, long arenaBytes, int externals) {
    public Plan {
        slots = List.copyOf(slots);
        steps = List.copyOf(steps);
        runs = List.copyOf(runs);
    }

    public Plan(List<Slot> slots, List<Step> steps, long arenaBytes, int externals) {
        this(slots, steps, List.of(), arenaBytes, externals);
    }

    public Slot slot(View view) {
        return slots.get(view.slot());
    }

    /** Multiplications and additions of all products in a run. */
    public double flop() {
        return steps.stream().mapToDouble(step -> step instanceof MatMulStep mul ? mul.flop() : 0).sum();
    }

    /** Bytes of the values that each loop of a run reads, and of those that it writes. */
    public long loopBytes() {
        return steps.stream().filter(LoopStep.class::isInstance)
                .mapToLong(loop -> Stream
                        .concat(loop.reads().stream(), Written.by(loop).stream().map(written -> written.view().slot()).distinct())
                        .mapToLong(slot -> slots.get(slot).bytes()).sum())
                .sum();
    }
}
