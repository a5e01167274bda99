package dev.joule.core.cuda.run;

import dev.joule.core.cuda.text.Arg;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;

/**
 * Where things lie in the memory of a device.
 *
 * @param slots addresses of the plan's slots
 * @param scratch where each step's scratch memory begins
 * @param state the clock, the seed and the fault
 */
record Placement(Plan plan, long[] slots, long[] scratch, long state) {
    long of(Arg.Element element) {
        return slots[element.slot()] + element.element() * plan.slots().get(element.slot()).dtype().bytes();
    }

    /** The same with other scratch memory. */
    Placement with(long[] scratch) {
        return new Placement(plan, slots, scratch, state);
    }

    /** Whether an element is of the program's own memory. */
    boolean isArena(Arg.Element element) {
        return plan.slots().get(element.slot()).place() instanceof Slot.Place.Arena;
    }

    /** An argument of a step's function as a word. */
    long word(int step, Arg argument) {
        return switch (argument) {
            case Arg.Element element -> of(element);
            case Arg.Scratch(long offset) -> scratch[step] + offset;
            case Arg.Number(int value) -> Integer.toUnsignedLong(value);
        };
    }
}
