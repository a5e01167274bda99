package dev.joule.core.cpu.rows;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.memory.Buffer;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowAccess;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.plan.Written;

/**
 * The values that nothing but one run of rows knows of. A worker needs them for one block at a time, so they lie in memory of
 * its own, which stays in its cache from one block to the next.
 */
final class BlockValues {
    private static final int LINE = 64;   // bytes that workers should not share

    private final Map<Integer, Own> values = new HashMap<>();   // by slot

    /**
     * How a value lies: for each turn the rows of a block, one after the other.
     *
     * @param all    elements from one turn to the next where the value was, with all rows
     * @param here   the same here
     * @param stride elements from one worker's to the next
     */
    private record Own(long all, long here, long stride) {
    }

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
        values.keySet().removeAll(others);
    }

    private void look(RowAccess access, Slot slot, int allRows, int rows, Set<Integer> others) {
        long rowSize = switch (access.kind()) {
            case READ, WRITE -> access.rowSize().orElse(0);
            case READ_ANY, REDUCE -> 0;
        };
        if (slot.place() instanceof Slot.Place.Arena && rowSize > 0 && slot.count() % (rowSize * allRows) == 0) {
            long all = rowSize * allRows, here = rowSize * rows, bytes = slot.count() / all * here * slot.dtype().bytes();
            values.put(access.view().slot(), new Own(all, here, (bytes + LINE - 1) / LINE * LINE / slot.dtype().bytes()));
        } else {
            others.add(access.view().slot());
        }
    }

    /** Moves each to memory for one block for each worker. Values that shared a place still do. */
    Addresses place(Addresses addresses, Plan plan, int workers, Scope scope) {
        Map<Slot.Place, Buffer> places = new HashMap<>();
        for (Map.Entry<Integer, Own> value : values.entrySet()) {
            Slot old = plan.slots().get(value.getKey());
            Slot moved = new Slot(old.dtype(), workers * value.getValue().stride(), old.place(), old.label());
            Buffer memory = places.computeIfAbsent(old.place(), _ -> scope.add(Buffer.allocate(moved.bytes())));
            addresses = addresses.with(value.getKey(), moved, memory.address());
        }
        return addresses;
    }

    /** A view as it is here: what led from one turn to another leads less far. */
    View view(View view) {
        Own own = values.get(view.slot());
        if (own == null) {
            return view;
        }
        long[] strides = Arrays.stream(view.strides())
                .map(stride -> stride % own.all() == 0 ? stride / own.all() * own.here() : stride).toArray();
        return new View(view.slot(), view.offset() / own.all() * own.here() + view.offset() % own.all(), strides);
    }

    /** How many elements further on a slot's values are for the next worker, if it is one of these. */
    Optional<Shift> shift(int slot) {
        return Optional.ofNullable(values.get(slot)).map(own -> new Shift(own.stride(), true));
    }
}
