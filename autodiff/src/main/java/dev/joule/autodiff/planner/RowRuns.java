package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;

import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.RowAccess;
import dev.joule.core.plan.ScatterAddStep;
import dev.joule.core.plan.Step;

/**
 * Puts kernels in order, those next to each other that can go through the batch row by row: of what one writes for row i, the others
 * read nothing but for row i. In a training step that is all but the sums over the batch and the optimiser. The size of the
 * batch is nowhere written; the size of an axis that brings the most work together is taken for it.
 */
final class RowRuns {
    /** With fewer rows there would be too little for several threads. */
    private static final int FEWEST_ROWS = 8;
    private static final double ALMOST_ALL = 0.95;

    private final Order order;
    private final IntUnaryOperator home;
    private final Map<Integer, Step> steps = new LinkedHashMap<>();

    private RowRuns(Order order, IntUnaryOperator home) {
        this.order = order;
        this.home = home;
        order.sorted().forEach(id -> steps.put(id, order.kernel(id).step()));
    }

    /**
     * Steps that follow each other.
     *
     * @param rows of the batch, if they go row by row; else 0, and there is one kernel
     * @param axes for each step, the axis of the rows
     */
    record Group(List<Step> steps, int rows, List<Integer> axes) {
        static Group of(Step step) {
            return new Group(List.of(step), 0, List.of());
        }

        private double work() {
            return steps.stream().mapToDouble(Step::work).sum();
        }
    }

    /** Each kernel by itself. */
    static List<Group> none(Order order) {
        return order.sorted().stream().map(id -> Group.of(order.kernel(id).step())).toList();
    }

    /** @param home the slot in whose memory a slot lies */
    static List<Group> of(Order order, IntUnaryOperator home) {
        RowRuns runs = new RowRuns(order, home);
        List<List<Group>> schedules = runs.sizes().stream().map(runs::schedule).toList();
        double most = schedules.stream().mapToDouble(RowRuns::together).max().orElse(0);
        // a divisor of the batch's size would do as well: more rows can be shared out better
        return schedules.reversed().stream().filter(groups -> together(groups) >= ALMOST_ALL * most).findFirst()
                .orElseGet(() -> none(order));
    }

    private static double together(List<Group> groups) {
        return groups.stream().filter(group -> group.rows() > 0).mapToDouble(Group::work).sum();
    }

    /** Sizes that may be that of the batch, ascending. */
    private Set<Integer> sizes() {
        Set<Integer> sizes = new TreeSet<>();
        for (Step step : steps.values()) {
            switch (step) {
                case LoopStep loop -> Arrays.stream(loop.domain()).forEach(sizes::add);
                case MatMulStep mul -> {
                    Arrays.stream(mul.batch()).forEach(sizes::add);
                    sizes.add(mul.m());
                }
                case ScatterAddStep _ -> {
                }
            }
        }
        sizes.removeIf(size -> size < FEWEST_ROWS);
        return sizes;
    }

    /** Takes all that can go into a run; what cannot comes before the run if it does not depend on it, else after it. */
    private List<Group> schedule(int rows) {
        List<Group> groups = new ArrayList<>();
        BitSet done = new BitSet();
        List<Integer> left = List.copyOf(steps.keySet());
        while (!left.isEmpty()) {
            Run run = new Run(rows);
            List<Integer> waiting = new ArrayList<>();
            for (int id : left) {
                BitSet before = order.before(id);
                boolean ready = before.stream().allMatch(other -> done.get(other) || run.members.get(other));
                if (ready && run.takes(id)) {
                    continue;
                }
                if (ready && !before.intersects(run.members)) {
                    groups.add(Group.of(steps.get(id)));
                    done.set(id);
                } else {
                    waiting.add(id);
                }
            }
            groups.addAll(run.groups());
            done.or(run.members);
            left = waiting;
        }
        return groups;
    }

    /** A run that grows. */
    private final class Run {
        private final int rows;
        private final BitSet members = new BitSet();
        private final Map<Integer, RowForm> forms = new HashMap<>();
        private final Map<Integer, Long> written = new HashMap<>();       // slot → size of its rows
        private final Map<Integer, Set<Long>> read = new HashMap<>();     // slot → sizes of its rows; 0 for any row
        private final Set<Integer> reduced = new HashSet<>();

        Run(int rows) {
            this.rows = rows;
        }

        List<Group> groups() {
            if (forms.size() < 2) {
                return forms.keySet().stream().map(id -> Group.of(steps.get(id))).toList();
            }
            List<Step> steps = new ArrayList<>();
            List<Integer> axes = new ArrayList<>();
            for (int id : shortLived()) {
                RowForm form = forms.get(id);
                steps.addAll(form.steps());
                form.steps().forEach(_ -> axes.add(form.axis()));
            }
            return List.of(new Group(steps, rows, axes));
        }

        /**
         * The members in an order in which values live for a short time, so that a block of rows needs little of the cache: next comes what
         * frees most memory, or takes least; among equals, the earliest.
         */
        private List<Integer> shortLived() {
            Map<Integer, Integer> toRead = new HashMap<>();   // slot → how many members are still to read it
            forms.values().forEach(form -> inputs(form).forEach(slot -> toRead.merge(slot, 1, Integer::sum)));
            return order.sorted(members, ready -> {
                int next = Collections.min(ready, Comparator.comparingLong(id -> growth(forms.get(id), toRead)));
                inputs(forms.get(next)).forEach(slot -> toRead.merge(slot, -1, Integer::sum));
                return next;
            });
        }

        /** By how many elements in a row more memory is taken after a member than before it. */
        private long growth(RowForm form, Map<Integer, Integer> toRead) {
            long taken = form.accesses().stream().filter(access -> access.kind() == RowAccess.Kind.WRITE).mapToLong(this::size)
                    .sum();
            long freed = inputs(form).stream().filter(slot -> toRead.get(slot) == 1).mapToLong(written::get).sum();
            return taken - freed;
        }

        /** The slots that a member reads and the run writes. */
        private Set<Integer> inputs(RowForm form) {
            Set<Integer> slots = new HashSet<>();
            form.accesses().stream().filter(access -> access.kind() == RowAccess.Kind.READ && written.containsKey(slot(access)))
                    .forEach(access -> slots.add(slot(access)));
            return slots;
        }

        boolean takes(int id) {
            Optional<RowForm> form = RowForm.of(steps.get(id), rows).stream().filter(this::fits).findFirst();
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
                Long rowsWritten = written.get(slot);
                boolean adds = form.steps().getFirst() instanceof MatMulStep mul && mul.accumulate();
                if (reduced.contains(slot)) {
                    return adds && access.kind() == RowAccess.Kind.REDUCE;
                }
                return switch (access.kind()) {
                    case READ -> rowsWritten == null || rowsWritten == size;
                    case READ_ANY -> rowsWritten == null;
                    case WRITE -> size > 0 && (rowsWritten == null || rowsWritten == size)
                            && Set.of(size).containsAll(read.getOrDefault(slot, Set.of()))
                            && Set.of(size).containsAll(own.getOrDefault(slot, Set.of()));
                    case REDUCE -> !adds && rowsWritten == null && !read.containsKey(slot) && !own.containsKey(slot);
                };
            });
        }

        private void add(int id, RowForm form) {
            members.set(id);
            forms.put(id, form);
            for (RowAccess access : form.accesses()) {
                switch (access.kind()) {
                    case READ, READ_ANY -> read.computeIfAbsent(slot(access), _ -> new HashSet<>()).add(size(access));
                    case WRITE -> written.put(slot(access), size(access));
                    case REDUCE -> reduced.add(slot(access));
                }
            }
        }

        private int slot(RowAccess access) {
            return home.applyAsInt(access.view().slot());
        }

        private long size(RowAccess access) {
            return access.kind() == RowAccess.Kind.READ || access.kind() == RowAccess.Kind.WRITE ? access.rowSize().orElse(0) : 0;
        }
    }
}
