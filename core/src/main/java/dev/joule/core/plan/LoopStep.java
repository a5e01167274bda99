package dev.joule.core.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

import dev.joule.core.scalar.Reducer;

/**
 * A loop over a domain whose body computes some values per element, stores some of them, and reduces others.
 *
 * <p>The axes of the domain fall in three groups: {@code [0, reduceFrom)} are kept, {@code [reduceFrom, reduceTo)} are reduced,
 * {@code [reduceTo, rank)} are kept again. A loop without reductions has {@code reduceFrom == reduceTo == rank}. A store
 * covers the whole domain; a reduction's view has stride 0 along the reduced axes.
 */
public record LoopStep(int[] domain, int reduceFrom, int reduceTo, List<Instr> body, List<Store> stores,
        List<Reduction> reductions,
        String origin) implements Step {

    /** Register {@code register} is written to {@code view}, which may be a slot that the body loads at the same elements. */
    public record Store(int register, View view) {
    }

    /** Register {@code register}, combined over the reduced axes, is written to {@code view}. */
    public record Reduction(int register, Reducer reducer, View view) {
    }

    public boolean reduces(int axis) {
        return axis >= reduceFrom && axis < reduceTo;
    }

    /** The same with some of its results only, and what of the body these need. */
    public LoopStep only(List<Store> stores, List<Reduction> reductions) {
        BitSet needed = new BitSet();
        stores.forEach(store -> needed.set(store.register()));
        reductions.forEach(reduction -> needed.set(reduction.register()));
        for (int i = body.size() - 1; i >= 0; i--) {
            if (needed.get(i)) {
                Arrays.stream(body.get(i).operands()).forEach(needed::set);
            }
        }
        int[] moved = new int[body.size()];
        List<Instr> left = new ArrayList<>();
        for (int i = needed.nextSetBit(0); i >= 0; i = needed.nextSetBit(i + 1)) {
            moved[i] = left.size();
            left.add(body.get(i).renumbered(moved));
        }
        boolean reduced = !reductions.isEmpty();
        return new LoopStep(domain, reduced ? reduceFrom : domain.length, reduced ? reduceTo : domain.length, body, stores,
                reductions,
                origin).with(left, moved);
    }

    /** The same with another body, where what was instruction {@code i} has the number {@code moved[i]}. */
    public LoopStep with(List<Instr> body, int[] moved) {
        return new LoopStep(domain, reduceFrom, reduceTo, body,
                stores.stream().map(store -> new Store(moved[store.register()], store.view())).toList(),
                reductions.stream().map(r -> new Reduction(moved[r.register()], r.reducer(), r.view())).toList(), origin);
    }
}
