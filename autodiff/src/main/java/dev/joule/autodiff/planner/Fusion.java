package dev.joule.autodiff.planner;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import dev.joule.core.plan.Instr;
import dev.joule.core.plan.View;

/**
 * Merges loops over the same elements that share data, so that what one stores the other has in a register, and what both load is loaded
 * once. (That a chain of element-wise nodes is one loop needs no merging: {@link Lowering} writes it so.)
 */
final class Fusion {
    /** Longer bodies would push their own registers out of the first-level cache. */
    private static final int LONGEST_BODY = 64;
    /** Loops of so few elements are merged even if they share nothing: what they cost is the step itself. */
    private static final int TINY = 64;

    private final Order order;
    private final Reach reach;
    /** The loops that load or store something of a slot, and those that are tiny: others need not be looked at as partners. */
    private final Map<Integer, BitSet> users = new HashMap<>();
    private final BitSet tiny = new BitSet();

    private Fusion(Order order) {
        this.order = order;
        this.reach = new Reach(order);
        for (int id = 0; id < order.size(); id++) {
            note(id);
        }
    }

    /** How many loops became part of others. */
    static int fuse(Order order) {
        return new Fusion(order).fuse();
    }

    private int fuse() {
        int merged = 0;
        for (int later : order.sorted()) {
            if (order.kernel(later) instanceof Kernel.Loop loop && fuse(loop, later)) {
                merged++;
            }
        }
        return merged;
    }

    /** Makes a loop a part of the nearest earlier one that it fits to. */
    private boolean fuse(Kernel.Loop loop, int later) {
        BitSet partners = partners(loop);
        for (int earlier = partners.previousSetBit(later - 1); earlier >= 0; earlier = partners.previousSetBit(earlier - 1)) {
            if (order.kernel(earlier) instanceof Kernel.Loop other && !reach.precedes(later, earlier)
                    && !reach.between(earlier, later)) {
                Optional<Kernel.Loop> both = merged(other, loop);
                if (both.isPresent()) {
                    order.merge(earlier, later, both.get());
                    reach.merge(earlier, later);
                    note(earlier);
                    return true;
                }
            }
        }
        return false;
    }

    private void note(int id) {
        if (order.kernel(id) instanceof Kernel.Loop loop) {
            loop.stores().forEach(store -> use(store.view(), id));
            loads(loop).forEach(view -> use(view, id));
            tiny.set(id, tiny(loop));
        }
    }

    private void use(View view, int id) {
        users.computeIfAbsent(view.slot(), _ -> new BitSet()).set(id);
    }

    private BitSet partners(Kernel.Loop loop) {
        BitSet partners = new BitSet();
        if (tiny(loop)) {
            partners.or(tiny);
        }
        loads(loop).forEach(view -> partners.or(users.getOrDefault(view.slot(), new BitSet())));
        return partners;
    }

    private static Stream<View> loads(Kernel.Loop loop) {
        return loop.body().stream().flatMap(instr -> instr instanceof Instr.Load(_, View view) ? Stream.of(view) : Stream.of());
    }

    /** One loop for two, if they fit. For that, the axes of one may be cut as those of the other are. */
    private static Optional<Kernel.Loop> merged(Kernel.Loop a, Kernel.Loop b) {
        if (Arrays.equals(a.domain(), b.domain())) {
            return absorbed(a, b);
        }
        return Cuts.of(a.domain(), b.domain()).flatMap(cuts -> absorbed(a.cut(cuts), b))
                .or(() -> Cuts.of(b.domain(), a.domain()).flatMap(cuts -> absorbed(a, b.cut(cuts))));
    }

    private static Optional<Kernel.Loop> absorbed(Kernel.Loop a, Kernel.Loop b) {
        if (!fits(a, b)) {
            return Optional.empty();
        }
        a.absorb(b);
        return Optional.of(a);
    }

    private static boolean fits(Kernel.Loop a, Kernel.Loop b) {
        return a.alike(b) && a.body().size() + b.body().size() <= LONGEST_BODY && (shares(a, b) || tiny(a))
                && onlySameElements(a, b);
    }

    private static boolean tiny(Kernel.Loop loop) {
        long count = 1;
        for (int size : loop.domain()) {
            count *= size;
        }
        return count <= TINY;
    }

    private static boolean shares(Kernel.Loop a, Kernel.Loop b) {
        return loads(b).anyMatch(view -> loads(a).anyMatch(view::same) || stores(a, view));
    }

    private static boolean stores(Kernel.Loop a, View view) {
        return a.stores().stream().anyMatch(store -> store.view().same(view));
    }

    /** What b reads of a's results is the element that a has just computed; and they write different slots. */
    private static boolean onlySameElements(Kernel.Loop a, Kernel.Loop b) {
        return b.writes().stream().noneMatch(a.writes()::contains) && b.body().stream().allMatch(instr -> switch (instr) {
            case Instr.Load(_, View view) -> !a.writes().contains(view.slot()) || stores(a, view);
            case Instr.Gather gather -> !a.writes().contains(gather.view().slot());
            case Instr.Const _, Instr.Index _, Instr.Random _, Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> true;
        });
    }
}
