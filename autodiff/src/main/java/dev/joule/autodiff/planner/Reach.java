package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Which kernels must run before which, also by way of others; kept up while kernels are merged. */
final class Reach {
    private final List<BitSet> before;
    private final List<BitSet> after = new ArrayList<>();

    Reach(Order order) {
        before = order.ancestors();
        before.forEach(_ -> after.add(new BitSet()));
        for (int id = 0; id < before.size(); id++) {
            int later = id;
            before.get(id).stream().forEach(earlier -> after.get(earlier).set(later));
        }
    }

    /** Whether one has to run before the other. */
    boolean precedes(int first, int second) {
        return after.get(first).get(second);
    }

    /** Whether some kernel has to run after the one and before the other. */
    boolean between(int first, int second) {
        return after.get(first).intersects(before.get(second));
    }

    /** Kernel {@code gone} becomes a part of {@code into}; none has to run between the two. */
    void merge(int into, int gone) {
        BitSet all = without(before.get(into), before.get(gone), into, gone);
        BitSet behind = without(after.get(into), after.get(gone), into, gone);
        all.stream().forEach(earlier -> join(after.get(earlier), behind, into, gone));
        behind.stream().forEach(later -> join(before.get(later), all, into, gone));
        before.set(into, all);
        after.set(into, behind);
        before.get(gone).clear();
        after.get(gone).clear();
    }

    private static BitSet without(BitSet some, BitSet others, int into, int gone) {
        BitSet both = (BitSet) some.clone();
        both.or(others);
        both.clear(into);
        both.clear(gone);
        return both;
    }

    private static void join(BitSet set, BitSet more, int into, int gone) {
        if (!set.get(into) || !set.get(gone)) {   // else it knows of more already, as it does of most in a chain
            set.or(more);
            set.set(into);
        }
        set.clear(gone);
    }
}
