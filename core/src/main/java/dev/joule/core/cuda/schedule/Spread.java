package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.List;

import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;

/**
 * A plan whose values have memory of their own. A processor's cache wants them to share it; on a GPU, where steps run at the same time, one would
 * wait for another only because its result lies where something lay that the other reads.
 */
public final class Spread {
    /** What stays in the second-level cache of a large GPU, with room for the variables; plans that need more share as they did. */
    private static final long MOST_BYTES = 32 << 20;
    private static final int ALIGNMENT = 256;

    private Spread() {
    }

    public static Plan of(Plan plan) {
        List<Slot> slots = new ArrayList<>();
        long bytes = 0;
        for (Slot slot : plan.slots()) {
            if (slot.place() instanceof Slot.Place.Arena) {
                slots.add(new Slot(slot.dtype(), slot.count(), new Slot.Place.Arena(bytes), slot.label()));
                bytes += (slot.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            } else {
                slots.add(slot);
            }
        }
        return bytes > MOST_BYTES ? plan : new Plan(slots, plan.steps(), plan.runs(), bytes, plan.externals());
    }
}
