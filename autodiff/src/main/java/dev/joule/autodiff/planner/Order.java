package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.ToIntFunction;

/** Kernels and what must run before what: a graph without cycles, in which kernels can be merged and orders added. */
final class Order {
    private final List<Kernel> kernels = new ArrayList<>();
    private final List<BitSet> before = new ArrayList<>();   // direct predecessors
    private final Map<Integer, BitSet> writers = new HashMap<>();

    /** @param sequence kernels in an order in which they may run */
    Order(List<Kernel> sequence) {
        sequence.forEach(this::add);
    }

    /** Adds a kernel that runs after those that write what it reads or writes. */
    int add(Kernel kernel) {
        int id = kernels.size();
        BitSet first = new BitSet();
        kernel.reads().forEach(slot -> first.or(writers.getOrDefault(slot, new BitSet())));
        kernel.writes().forEach(slot -> first.or(writers.getOrDefault(slot, new BitSet())));
        kernels.add(kernel);
        before.add(first);
        kernel.writes().forEach(slot -> writers.computeIfAbsent(slot, _ -> new BitSet()).set(id));
        return id;
    }

    int size() {
        return kernels.size();
    }

    /** The kernel with a number; null once it has been merged into another. */
    Kernel kernel(int id) {
        return kernels.get(id);
    }

    BitSet writers(int slot) {
        return writers.getOrDefault(slot, new BitSet());
    }

    List<Integer> readers(int slot) {
        List<Integer> readers = new ArrayList<>();
        for (int id = 0; id < kernels.size(); id++) {
            if (kernels.get(id) != null && kernels.get(id).reads().contains(slot)) {
                readers.add(id);
            }
        }
        return readers;
    }

    /** For each kernel all that must have run before it. */
    List<BitSet> ancestors() {
        List<BitSet> all = new ArrayList<>();
        kernels.forEach(_ -> all.add(new BitSet()));
        for (int id : sorted()) {
            BitSet set = all.get(id);
            before.get(id).stream().forEach(p -> {
                set.set(p);
                set.or(all.get(p));
            });
        }
        return all;
    }

    /** The kernels that a kernel waits for, not those that these wait for. */
    BitSet before(int id) {
        return before.get(id);
    }

    void mustPrecede(int first, int second) {
        before.get(second).set(first);
    }

    /** Kernel {@code gone} disappears, and {@code into} becomes one that does the work of both. */
    void merge(int into, int gone, Kernel both) {
        kernels.set(into, both);
        kernels.set(gone, null);
        before.get(into).or(before.get(gone));
        before.get(into).clear(into);
        before.get(gone).clear();
        for (BitSet set : before) {
            replace(set, gone, into);
        }
        before.get(into).clear(into);
        writers.values().forEach(set -> replace(set, gone, into));
    }

    private static void replace(BitSet set, int from, int to) {
        if (set.get(from)) {
            set.clear(from);
            set.set(to);
        }
    }

    /** The numbers of all kernels in an order in which they may run: the earliest that can, first. */
    List<Integer> sorted() {
        BitSet all = new BitSet();
        for (int id = 0; id < kernels.size(); id++) {
            all.set(id, kernels.get(id) != null);
        }
        return sorted(all, SortedSet::first);
    }

    /**
     * Some kernels in an order in which they may run when all others that they wait for are done.
     *
     * @param next chooses from those that can run, which come in ascending order
     */
    List<Integer> sorted(BitSet among, ToIntFunction<SortedSet<Integer>> next) {
        int[] missing = new int[kernels.size()];
        List<List<Integer>> after = new ArrayList<>();
        kernels.forEach(_ -> after.add(new ArrayList<>()));
        SortedSet<Integer> ready = new TreeSet<>();
        among.stream().forEach(id -> {
            before.get(id).stream().filter(among::get).forEach(p -> {
                after.get(p).add(id);
                missing[id]++;
            });
            if (missing[id] == 0) {
                ready.add(id);
            }
        });
        List<Integer> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            int id = next.applyAsInt(ready);
            ready.remove(id);
            order.add(id);
            after.get(id).stream().filter(other -> --missing[other] == 0).forEach(ready::add);
        }
        return order;
    }
}
