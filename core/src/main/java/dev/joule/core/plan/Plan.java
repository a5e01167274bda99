package dev.joule.core.plan;

import java.util.List;

/**
 * A training step, or any computation, as backends see it: slots in memory and steps that run over them in order.
 *
 * @param arenaBytes size of the memory that all arena slots share
 * @param externals how many tensors from outside the slots refer to
 */
public record Plan(List<Slot> slots, List<Step> steps, long arenaBytes, int externals) {
    public Plan {
        slots = List.copyOf(slots);
        steps = List.copyOf(steps);
    }

    public Slot slot(View view) {
        return slots.get(view.slot());
    }
}
