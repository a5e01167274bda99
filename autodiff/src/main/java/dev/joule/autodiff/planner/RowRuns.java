package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;

import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.ScatterStep;
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
    private final List<Group> groups = new ArrayList<>();

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
        RowRuns runs = new RowRuns(order, home);
        runs.schedule(order.sorted());
        return runs.groups;
    }

    private void schedule(List<Integer> kernels) {
        List<Integer> left = kernels;
        while (!left.isEmpty()) {
            Optional<Next> next = next(left);
            if (next.isEmpty()) {
                left.forEach(id -> groups.add(Group.of(order.kernel(id).step())));
                left.forEach(done::set);
                return;
            }
            schedule(next.get().before());
            groups.add(next.get().run().group());
            done.or(next.get().run().members());
            left = next.get().after();
        }
    }

    /**
     * A run, and what is not in it.
     *
     * @param before what the run needs
     * @param after  what may come after it
     */
    private record Next(List<Integer> before, OpenRun run, List<Integer> after) {
    }

    private Optional<Next> next(List<Integer> left) {
        List<Next> all = sizes(left).stream().map(rows -> next(left, rows)).toList();
        double most = all.stream().mapToDouble(next -> next.run().work()).max().orElse(0);
        // a divisor of the batch's size would do as well: more rows can be shared out better
        return all.reversed().stream().filter(next -> most > 0 && next.run().work() >= ALMOST_ALL * most).findFirst();
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
                case ScatterStep _ -> {
                }
            }
        }
        sizes.removeIf(size -> size < FEWEST_ROWS);
        return sizes;
    }

    private Next next(List<Integer> left, int rows) {
        Next next = next(left, rows, new BitSet());
        BitSet inTheWay = next.run().inTheWay();
        if (inTheWay.isEmpty()) {
            return next;
        }
        Next other = next(left, rows, inTheWay);
        return other.run().work() > next.run().work() ? other : next;
    }

    /** Takes all that can go into a run but what is to be outside, as if what cannot and does not depend on it were done. */
    private Next next(List<Integer> left, int rows, BitSet outside) {
        OpenRun run = new OpenRun(order, rows, memory);
        BitSet before = (BitSet) done.clone();
        for (int id : left) {
            BitSet needed = order.before(id);
            boolean ready = needed.stream().allMatch(other -> before.get(other) || run.members().get(other));
            if (ready && (outside.get(id) || !run.takes(id)) && !needed.intersects(run.members())) {
                before.set(id);
            }
        }
        BitSet needed = new BitSet();
        run.members().stream().forEach(id -> needed.or(order.before(id)));
        left.reversed().stream().filter(id -> needed.get(id) && before.get(id)).forEach(id -> needed.or(order.before(id)));
        needed.andNot(run.members());
        return new Next(left.stream().filter(needed::get).toList(), run,
                left.stream().filter(id -> !needed.get(id) && !run.members().get(id)).toList());
    }
}
