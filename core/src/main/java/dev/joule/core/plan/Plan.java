package dev.joule.core.plan;

import java.util.List;

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
}
