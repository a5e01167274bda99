package dev.joule.core.cpu.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.Tensor;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.View;

/** Where the slots of a plan lie in memory. Who uses it keeps the arena and the tensors open. */
public final class Addresses {
    private final List<Slot> slots;
    private final long[] starts;

    public Addresses(Plan plan, long arena, List<Tensor> externals) {
        slots = plan.slots();
        starts = new long[slots.size()];
        for (int i = 0; i < starts.length; i++) {
            Slot slot = slots.get(i);
            starts[i] = switch (slot.place()) {
                case Slot.Place.Arena(long offset) -> arena + offset;
                case Slot.Place.External(int index) -> externals.get(index).buffer().address();
            };
        }
    }

    private Addresses(List<Slot> slots, long[] starts) {
        this.slots = slots;
        this.starts = starts;
    }

    /** These, and one more slot, the last, at an address. */
    public Addresses with(Slot slot, long address) {
        List<Slot> more = new ArrayList<>(slots);
        more.add(slot);
        long[] all = Arrays.copyOf(starts, starts.length + 1);
        all[starts.length] = address;
        return new Addresses(more, all);
    }

    /** These, but for one slot, which becomes another at another address. */
    public Addresses with(int number, Slot slot, long address) {
        List<Slot> others = new ArrayList<>(slots);
        others.set(number, slot);
        long[] all = starts.clone();
        all[number] = address;
        return new Addresses(others, all);
    }

    public int count() {
        return starts.length;
    }

    public Slot slot(View view) {
        return slots.get(view.slot());
    }

    public DType dtype(View view) {
        return slots.get(view.slot()).dtype();
    }

    /** Address of the element that a view begins at. */
    public long of(View view) {
        return starts[view.slot()] + view.offset() * dtype(view).bytes();
    }

    /** Address of the first byte after a view's slot. */
    public long end(View view) {
        return starts[view.slot()] + slots.get(view.slot()).bytes();
    }

    /** Whether the slots of two views share memory. */
    public boolean overlap(View a, View b) {
        return starts[a.slot()] < end(b) && starts[b.slot()] < end(a);
    }
}
