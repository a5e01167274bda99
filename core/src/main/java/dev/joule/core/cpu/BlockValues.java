package dev.joule.core.cpu;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.joule.core.memory.Buffer;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowAccess;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.Written;

/**
 * The values that nothing but one run of rows knows of. A worker needs them for one block at a time, so they lie in memory of
 * its own, which stays in its cache from one block to the next.
 */
final class BlockValues {
    private static final int LINE = 64;   // bytes that workers should not share

    private final Map<Integer, Long> strides = new HashMap<>();   // slot → elements from one worker's to the next

    /** @param rows of a block */
    BlockValues(Plan plan, RowRun run, int rows) {
        Set<Integer> others = new HashSet<>();
        for (int number = 0; number < plan.steps().size(); number++) {
            Step step = plan.steps().get(number);
            if (number >= run.first() && number < run.end()) {
                for (RowAccess access : RowAccess.of(step, run.axes().get(number - run.first()), run.rows())) {
                    look(access, plan.slot(access.view()), run.rows(), rows, others);
                }
            } else {
                others.addAll(step.reads());
                Written.by(step).forEach(written -> others.add(written.view().slot()));
            }
        }
        strides.keySet().removeAll(others);
    }

    private void look(RowAccess access, Slot slot, int all, int rows, Set<Integer> others) {
        long rowSize = switch (access.kind()) {
            case READ, WRITE -> access.rowSize().orElse(0);
            case READ_ANY, REDUCE -> 0;
        };
        if (slot.place() instanceof Slot.Place.Arena && rowSize * all == slot.count()) {
            long line = LINE / slot.dtype().bytes();
            strides.put(access.view().slot(), (rows * rowSize + line - 1) / line * line);
        } else {
            others.add(access.view().slot());
        }
    }

    /** Moves each to memory for one block for each worker. Values that shared a place still do. */
    Addresses place(Addresses addresses, Plan plan, int workers, Scope scope) {
        Map<Slot.Place, Buffer> places = new HashMap<>();
        for (Map.Entry<Integer, Long> value : strides.entrySet()) {
            Slot old = plan.slots().get(value.getKey());
            Slot moved = new Slot(old.dtype(), workers * value.getValue(), old.place(), old.label());
            Buffer memory = places.computeIfAbsent(old.place(), _ -> scope.add(Buffer.allocate(moved.bytes())));
            addresses = addresses.with(value.getKey(), moved, memory.address());
        }
        return addresses;
    }

    /** How many elements further on a slot's values are for the next worker, if it is one of these. */
    Optional<Shift> shift(int slot) {
        return Optional.ofNullable(strides.get(slot)).map(elements -> new Shift(elements, true));
    }
}
