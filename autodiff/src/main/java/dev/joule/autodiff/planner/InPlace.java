package dev.joule.autodiff.planner;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.HashMap;
import java.util.Set;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Update;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;

/**
 * Brings the new value of each variable into the variable's own memory: by the loop that computes it where nobody needs the old value
 * any more by then, else by a copy after all who do.
 */
final class InPlace {
    private final Order order;
    private final Map<Expr, Integer> slots;
    private final Map<Integer, Integer> homes = new HashMap<>();

    private InPlace(Order order, Map<Expr, Integer> slots) {
        this.order = order;
        this.slots = slots;
    }

    /** Adds the order and the copies that are needed. The result tells which slots have moved into which. */
    static Map<Integer, Integer> apply(Order order, Map<Expr, Integer> slots, List<Update> updates, Set<Expr> outputs) {
        InPlace pass = new InPlace(order, slots);
        Set<Integer> taken = new HashSet<>();
        outputs.forEach(output -> taken.add(slots.get(output)));
        for (Update update : updates) {
            int from = slots.get(update.value()), to = slots.get(update.variable());
            if (!taken.add(from) || !pass.moves(from, to)) {
                pass.copies(update, from, to);
            }
        }
        return pass.homes;
    }

    private boolean moves(int from, int to) {
        BitSet writers = order.writers(from);
        if (writers.cardinality() != 1) {
            return false;
        }
        int writer = writers.nextSetBit(0);
        if (order.kernel(writer).reads().contains(to) && !replaces(order.kernel(writer).step(), from, to)) {
            return false;
        }
        List<BitSet> ancestors = order.ancestors();
        List<Integer> readers = order.readers(to);
        if (readers.stream().anyMatch(reader -> reader != writer && ancestors.get(reader).get(writer))) {
            return false;
        }
        readers.stream().filter(reader -> reader != writer).forEach(reader -> order.mustPrecede(reader, writer));
        homes.put(from, to);
        return true;
    }

    /** Whether a step that writes one slot could write it over another: of that it reads nothing but the element it is about to write. */
    static boolean replaces(Step step, int from, int to) {
        return switch (step) {
            case LoopStep loop -> replaces(loop, from, to);
            case MatMulStep _ -> false;
            case ScatterStep(_, _, _, View index, View source, var base, View target, _) ->
                index.slot() != to && source.slot() != to
                        && base.filter(view -> new View(from, view.offset(), view.strides()).same(target)).isPresent();
        };
    }

    private static boolean replaces(LoopStep loop, int from, int to) {
        View store = loop.stores().stream().map(LoopStep.Store::view).filter(view -> view.slot() == from).findFirst()
                .orElse(null);
        return store != null && loop.body().stream().allMatch(instr -> switch (instr) {
            case Instr.Load(_, View view) -> view.slot() != to || view.same(new View(to, store.offset(), store.strides()));
            case Instr.Gather gather -> gather.view().slot() != to;
            case Instr.Const _, Instr.Index _, Instr.Random _, Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> true;
        });
    }

    private void copies(Update update, int from, int to) {
        int[] domain = update.variable().shape().toArray();
        long[] strides = update.variable().shape().strides();
        List<Integer> readers = order.readers(to);
        Kernel.Loop copy = new Kernel.Loop(domain, domain.length, domain.length, "copy to " + Names.of(update.variable()));
        copy.store(copy.emit(new Instr.Load(update.variable().dtype(), new View(from, 0, strides))), new View(to, 0, strides));
        int id = order.add(copy);
        readers.forEach(reader -> order.mustPrecede(reader, id));
    }
}
