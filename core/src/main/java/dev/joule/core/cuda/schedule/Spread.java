package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;

/**
 * A plan whose values have memory of their own, the smallest first, as far as a GPU's cache goes. A processor's cache wants them to share it; on a
 * GPU, where steps run at the same time, one would wait for another only because its result lies where something lay that the other reads.
 */
public final class Spread {
    /** What stays in the second-level cache of a large GPU, with room for the variables; what needs more shares memory as it did. */
    private static final long MOST_BYTES = 32 << 20;
    private static final int ALIGNMENT = 256;

    private Spread() {
    }

    public static Plan of(Plan plan) {
        List<Slot> slots = new ArrayList<>(plan.slots());
        int[] smallestFirst = IntStream.range(0, slots.size())
                .filter(number -> slots.get(number).place() instanceof Slot.Place.Arena)
                .boxed().sorted(Comparator.comparing(number -> slots.get(number).bytes())).mapToInt(Integer::intValue).toArray();
        boolean all = Arrays.stream(smallestFirst).mapToLong(number -> aligned(slots.get(number).bytes())).sum() <= MOST_BYTES;
        long shared = all ? 0 : aligned(plan.arenaBytes()), own = 0;
        for (int number : smallestFirst) {
            Slot slot = slots.get(number);
            if (own + aligned(slot.bytes()) > MOST_BYTES) {
                break;
            }
            slots.set(number, new Slot(slot.dtype(), slot.count(), new Slot.Place.Arena(shared + own), slot.label()));
            own += aligned(slot.bytes());
        }
        return new Plan(slots, plan.steps(), plan.runs(), shared + own, plan.externals());
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
