package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntUnaryOperator;

import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.RowAccess;
import dev.joule.core.plan.Step;

/** A run of rows that grows: takes kernels, one after the other, that can go row by row with those that it has. */
final class OpenRun {
    /** Elements for which a second-level cache has no room beside the rest: measured with 512 x 512 and 1,024 x 1,024, some 7 %. */
    private static final long LARGE_SHARE = 1 << 17;

    private final Order order;
    private final int rows;
    private final Memory memory;
    private final BitSet members = new BitSet();
    private final Map<Integer, RowForm> forms = new HashMap<>();
    private final Map<Integer, Rows> written = new HashMap<>();       // by slot
    private final Map<Integer, Set<Long>> read = new HashMap<>();     // slot → sizes of its rows; 0 for any row
    private final Set<Integer> reduced = new HashSet<>();
    private final BitSet inTheWay = new BitSet();

    /** Rows of a slot, and the member that was the last to write them. */
    private record Rows(long size, int writer) {
    }

    /**
     * What all runs of a plan need to know of slots.
     *
     * @param home   the slot in whose memory a slot lies
     * @param depths for each slot that products write, over how much they sum, all together
     */
    record Memory(IntUnaryOperator home, Map<Integer, Long> depths) {
        static Memory of(Order order, IntUnaryOperator home) {
            Map<Integer, Long> depths = new HashMap<>();
            for (int id : order.sorted()) {
                if (order.kernel(id).step() instanceof MatMulStep mul) {
                    depths.merge(home.applyAsInt(mul.c().slot()), (long) mul.k(), Long::sum);
                }
            }
            return new Memory(home, depths);
        }
    }

    OpenRun(Order order, int rows, Memory memory) {
        this.order = order;
        this.rows = rows;
        this.memory = memory;
    }

    BitSet members() {
        return members;
    }

    /**
     * Members that need nothing of the others, and write by rows what a kernel reads otherwise, in a form at least: before the run, they would not be in
     * the way. So is a sum over the weights of a layer that is as wide as the batch is large.
     */
    BitSet inTheWay() {
        BitSet first = (BitSet) inTheWay.clone();
        inTheWay.stream().filter(id -> order.before(id).intersects(members)).forEach(first::clear);
        return first;
    }

    /** How much there is to do in it, less what would be quicker by itself; nothing in a run of one. */
    double work() {
        return forms.size() < 2 ? 0
                : forms.values().stream().filter(RowForm::isWhole).flatMap(form -> form.steps().stream())
                        .mapToDouble(Step::work).sum();
    }

    RowRuns.Group group() {
        List<Step> steps = new ArrayList<>();
        List<Integer> axes = new ArrayList<>();
        for (int id : shortLived()) {
            RowForm form = forms.get(id);
            steps.addAll(form.steps());
            form.steps().forEach(_ -> axes.add(form.axis()));
        }
        return new RowRuns.Group(steps, rows, axes);
    }

    /**
     * The members in an order in which values live for a short time, so that a block of rows needs little of the cache: next comes what
     * frees most memory, or takes least; among equals, the earliest. What needs nothing of the others, as zeros around an image, could come at
     * any time, and comes when nothing else can.
     */
    private List<Integer> shortLived() {
        Map<Integer, Integer> toRead = new HashMap<>();   // slot → how many members are still to read it
        forms.values().forEach(form -> inputs(form).forEach(slot -> toRead.merge(slot, 1, Integer::sum)));
        return order.sorted(members, ready -> {
            int next = ready.stream().filter(id -> !inputs(forms.get(id)).isEmpty())
                    .min(Comparator.comparingLong(id -> growth(forms.get(id), toRead))).orElseGet(ready::first);
            inputs(forms.get(next)).forEach(slot -> toRead.merge(slot, -1, Integer::sum));
            return next;
        });
    }

    /** By how many elements in a row more memory is taken after a member than before it. */
    private long growth(RowForm form, Map<Integer, Integer> toRead) {
        long taken = form.accesses().stream().filter(access -> access.kind() == RowAccess.Kind.WRITE).mapToLong(this::size)
                .sum();
        long freed = inputs(form).stream().filter(slot -> toRead.get(slot) == 1).mapToLong(slot -> written.get(slot).size())
                .sum();
        return taken - freed;
    }

    /** The slots that a member reads and the run writes. */
    private Set<Integer> inputs(RowForm form) {
        Set<Integer> slots = new HashSet<>();
        form.accesses().stream().filter(access -> access.kind() == RowAccess.Kind.READ && written.containsKey(slot(access)))
                .forEach(access -> slots.add(slot(access)));
        return slots;
    }

    /** Takes a kernel in if that can be; whether it did. */
    boolean takes(int id) {
        Optional<RowForm> form = RowForm.of(order.kernel(id).step(), rows).stream().filter(this::fits).findFirst();
        form.ifPresent(fitting -> add(id, fitting));
        return form.isPresent();
    }

    private boolean fits(RowForm form) {
        List<RowAccess> accesses = form.accesses();
        Map<Integer, Set<Long>> own = new HashMap<>();
        accesses.stream().filter(access -> access.kind() == RowAccess.Kind.READ)
                .forEach(access -> own.computeIfAbsent(slot(access), _ -> new HashSet<>()).add(size(access)));
        return accesses.stream().allMatch(access -> {
            int slot = slot(access);
            long size = size(access);
            Rows rowsWritten = written.get(slot);
            boolean adds = form.steps().getFirst() instanceof MatMulStep mul && mul.accumulate();
            if (reduced.contains(slot)) {
                return adds && access.kind() == RowAccess.Kind.REDUCE;
            }
            return switch (access.kind()) {
                case READ -> canRead(rowsWritten, rowsWritten == null || rowsWritten.size() == size);
                case READ_ANY -> canRead(rowsWritten, rowsWritten == null);
                case WRITE -> size > 0 && (rowsWritten == null || rowsWritten.size() == size)
                        && Set.of(size).containsAll(read.getOrDefault(slot, Set.of()))
                        && Set.of(size).containsAll(own.getOrDefault(slot, Set.of()));
                case REDUCE -> !adds && rowsWritten == null && !read.containsKey(slot) && !own.containsKey(slot)
                        && isWorthShares(form.steps().getFirst());
            };
        });
    }

    private boolean canRead(Rows written, boolean can) {
        if (!can) {
            inTheWay.set(written.writer());
        }
        return can;
    }

    /**
     * Whether a sum over the rows should be made in shares. A share of c = a b, of m n numbers, goes from one core to another; a large one
     * also comes from memory, and goes back, for each block of rows. When the product comes behind the run instead, where it can be cut by
     * c's rows, a and b go: k (m + n) numbers.
     */
    private boolean isWorthShares(Step step) {
        if (!(step instanceof MatMulStep mul)) {
            return true;
        }
        long share = (long) mul.m() * mul.n(), depth = memory.depths().get(memory.home().applyAsInt(mul.c().slot()));
        return depth * (mul.m() + mul.n()) >= share * (share > LARGE_SHARE ? 4 : 1);
    }

    private void add(int id, RowForm form) {
        members.set(id);
        forms.put(id, form);
        for (RowAccess access : form.accesses()) {
            switch (access.kind()) {
                case READ, READ_ANY -> read.computeIfAbsent(slot(access), _ -> new HashSet<>()).add(size(access));
                case WRITE -> written.put(slot(access), new Rows(size(access), id));
                case REDUCE -> reduced.add(slot(access));
            }
        }
    }

    private int slot(RowAccess access) {
        return memory.home().applyAsInt(access.view().slot());
    }

    private long size(RowAccess access) {
        return access.kind() == RowAccess.Kind.READ || access.kind() == RowAccess.Kind.WRITE ? access.rowSize().orElse(0) : 0;
    }
}
