package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;

import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.ScatterAddStep;
import dev.joule.core.plan.Step;

/**
 * Puts kernels in order, those next to each other that can go through the batch row by row: of what one writes for row i, the others
 * read nothing but for row i. In a training step that is all but the sums over the batch and the optimiser, which goes through the rows
 * of weights. The size of the batch is nowhere written: of all sizes of axes, that one is taken whose run brings most work together.
 */
final class RowRuns {
    /** With fewer rows there would be too little for several threads. */
    private static final int FEWEST_ROWS = 8;
    private static final double ALMOST_ALL = 0.95;

    private final Order order;
    private final OpenRun.Memory memory;
    private final BitSet done = new BitSet();

    private RowRuns(Order order, IntUnaryOperator home) {
        this.order = order;
        this.memory = OpenRun.Memory.of(order, home);
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
    }

    /** Each kernel by itself. */
    static List<Group> none(Order order) {
        return order.sorted().stream().map(id -> Group.of(order.kernel(id).step())).toList();
    }

    /** @param home the slot in whose memory a slot lies */
    static List<Group> of(Order order, IntUnaryOperator home) {
        return new RowRuns(order, home).schedule();
    }

    private List<Group> schedule() {
        List<Group> groups = new ArrayList<>();
        List<Integer> left = order.sorted();
        while (!left.isEmpty()) {
            Next next = next(left);
            next.before().forEach(id -> groups.add(Group.of(order.kernel(id).step())));
            groups.addAll(next.run().groups());
            next.before().forEach(done::set);
            done.or(next.run().members());
            left = next.after();
        }
        return groups;
    }

    /**
     * A run, and what is not in it.
     *
     * @param before what can come before the run
     * @param after  what must come after it, or may
     */
    private record Next(List<Integer> before, OpenRun run, List<Integer> after) {
    }

    private Next next(List<Integer> left) {
        List<Next> all = sizes(left).stream().map(rows -> next(left, rows)).toList();
        double most = all.stream().mapToDouble(next -> next.run().work()).max().orElse(0);
        // a divisor of the batch's size would do as well: more rows can be shared out better
        return most == 0 ? new Next(left, new OpenRun(order, 0, memory), List.of())
                : all.reversed().stream().filter(next -> next.run().work() >= ALMOST_ALL * most).findFirst().orElseThrow();
    }

    /** Sizes that may be that of the batch, ascending. */
    private Set<Integer> sizes(List<Integer> kernels) {
        Set<Integer> sizes = new TreeSet<>();
        for (int id : kernels) {
            switch (order.kernel(id).step()) {
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
    private Next next(List<Integer> left, int rows) {
        Next next = new Next(new ArrayList<>(), new OpenRun(order, rows, memory), new ArrayList<>());
        BitSet before = (BitSet) done.clone();
        for (int id : left) {
            BitSet needed = order.before(id);
            boolean ready = needed.stream().allMatch(other -> before.get(other) || next.run().members().get(other));
            if (ready && next.run().takes(id)) {
                continue;
            }
            if (ready && !needed.intersects(next.run().members())) {
                next.before().add(id);
                before.set(id);
            } else {
                next.after().add(id);
            }
        }
        return next;
    }
}
