package dev.joule.autodiff.planner;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

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

    private Fusion() {
    }

    /** How many loops became part of others. */
    static int fuse(Order order) {
        int merged = 0;
        List<BitSet> ancestors = order.ancestors();
        for (int later : order.sorted()) {
            for (int earlier = later - 1; earlier >= 0; earlier--) {
                if (order.kernel(earlier) instanceof Kernel.Loop a && order.kernel(later) instanceof Kernel.Loop b
                        && independent(ancestors, earlier, later)) {
                    Optional<Kernel.Loop> both = merged(a, b);
                    if (both.isPresent()) {
                        order.merge(earlier, later, both.get());
                        merged++;
                        ancestors = order.ancestors();
                        break;
                    }
                }
            }
        }
        return merged;
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
        return b.body().stream()
                .anyMatch(instr -> instr instanceof Instr.Load(_, View view) && (loads(a, view) || stores(a, view)));
    }

    private static boolean loads(Kernel.Loop a, View view) {
        return a.body().stream().anyMatch(instr -> instr instanceof Instr.Load(_, View other) && other.same(view));
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

    /** No kernel has to run between the two, and the earlier one does not wait for the later. */
    private static boolean independent(List<BitSet> ancestors, int earlier, int later) {
        return !ancestors.get(earlier).get(later)
                && ancestors.get(later).stream().noneMatch(between -> between != earlier && ancestors.get(between).get(earlier));
    }
}
