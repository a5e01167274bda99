package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Graph;
import dev.joule.autodiff.Op;
import dev.joule.autodiff.Origin;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.rewrite.Algebra;
import dev.joule.autodiff.rewrite.Rewriter;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.PlanCheck;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;

/**
 * Turns expressions into a plan: simplify, decide what gets memory, write the loops, fuse them, update variables in place, put the steps
 * in order, lay out the memory.
 */
public final class Planner {
    /** Which passes run. Without a pass the plan computes the same, more slowly: tests compare the two. */
    public record Passes(boolean rewrite, boolean inline, boolean fuse) {
        public static final Passes ALL = new Passes(true, true, true);
        public static final Passes NONE = new Passes(false, false, false);
    }

    private final Passes passes;
    private final Map<String, Integer> rewrites = new LinkedHashMap<>();

    private Planner(Passes passes) {
        this.passes = passes;
    }

    public static Planned plan(List<Expr> outputs, List<Update> updates) {
        return plan(outputs, updates, Passes.ALL);
    }

    public static Planned plan(List<Expr> outputs, List<Update> updates, Passes passes) {
        return new Planner(passes).run(outputs, updates);
    }

    private Planned run(List<Expr> outputs, List<Update> updates) {
        requireOneUpdateEach(updates);
        Map<Expr, Expr> simple = simplify(outputs, updates);
        // each output and each new value is a node of its own, whose memory can be that of the output or the variable
        Map<Expr, Expr> results = new LinkedHashMap<>();
        outputs.forEach(output -> results.computeIfAbsent(output, _ -> apart(simple.get(output))));
        Set<Expr> outputNodes = new LinkedHashSet<>(results.values());
        List<Update> settled = updates.stream().map(update -> new Update(update.variable(), own(simple.get(update.value()))))
                .toList();

        Set<Expr> roots = new LinkedHashSet<>(outputNodes);
        settled.forEach(update -> {
            roots.add(update.value());
            roots.add(update.variable());
        });
        List<Expr> nodes = Graph.topological(roots);
        Set<Expr> materialised = passes.inline() ? Materialised.of(nodes, roots) : new HashSet<>(nodes);
        Lowering.Result lowered = Lowering.lower(nodes, materialised);
        Order order = new Order(lowered.kernels());
        if (passes.fuse()) {
            Fusion.fuse(order);
        }
        Map<Integer, Integer> homes = InPlace.apply(order, lowered.slots(), settled, outputNodes);
        return layOut(order, lowered.slots(), homes, results);
    }

    private static void requireOneUpdateEach(List<Update> updates) {
        Set<Expr> seen = new HashSet<>();
        updates.forEach(update -> {
            if (!seen.add(update.variable())) {
                throw new IllegalArgumentException("compile: variable " + Names.of(update.variable()) + " has two updates");
            }
        });
    }

    private Map<Expr, Expr> simplify(List<Expr> outputs, List<Update> updates) {
        Rewriter rewriter = new Rewriter(passes.rewrite() ? Algebra.RULES : List.of());
        Map<Expr, Expr> simple = new HashMap<>();
        outputs.forEach(output -> simple.put(output, rewriter.simplify(output)));
        updates.forEach(update -> simple.put(update.value(), rewriter.simplify(update.value())));
        rewrites.putAll(rewriter.fired());
        return simple;
    }

    private static Expr own(Expr value) {
        return switch (value.op()) {
            case Op.Variable _, Op.Data _ -> apart(value);
            default -> value;
        };
    }

    /** The same value in memory of its own. */
    private static Expr apart(Expr value) {
        return Origin.inherit(value.origin(), () -> Expr.of(new Op.Detach(), value));
    }

    private Planned layOut(Order order, Map<Expr, Integer> slots, Map<Integer, Integer> homes, Map<Expr, Expr> results) {
        List<Step> steps = order.sorted().stream().map(id -> order.kernel(id).step()).toList();
        Expr[] nodes = new Expr[slots.size()];
        slots.forEach((node, slot) -> nodes[slot] = node);
        int[][] lifetimes = lifetimes(order, nodes.length);

        Slot[] places = new Slot[nodes.length];
        List<Expr> externals = new ArrayList<>();
        Map<Expr, Integer> numbers = new HashMap<>();
        Set<Expr> outputs = new HashSet<>(results.values());
        for (int slot = 0; slot < nodes.length; slot++) {
            Expr node = nodes[slot];
            if (node.op() instanceof Op.Variable || node.op() instanceof Op.Data || outputs.contains(node)) {
                places[slot] = slot(node, new Slot.Place.External(externals.size()));
                numbers.put(node, externals.size());
                externals.add(node);
            }
        }
        Arena arena = new Arena();
        IntStream.range(0, nodes.length).boxed().filter(slot -> places[slot] == null && !homes.containsKey(slot))
                .sorted(Comparator.comparingLong((Integer slot) -> -bytes(nodes[slot])).thenComparing(slot -> slot))
                .forEach(slot -> places[slot] = slot(nodes[slot],
                        new Slot.Place.Arena(arena.place(bytes(nodes[slot]), lifetimes[slot][0], lifetimes[slot][1]))));
        homes.forEach((from, to) -> places[from] = places[to]);

        Relabel relabel = new Relabel(slot -> homes.getOrDefault(slot, slot));
        Plan plan = new Plan(List.of(places), relabel.steps(steps), arena.size(), externals.size());
        PlanCheck.check(plan);
        Map<Expr, Integer> byOutput = new LinkedHashMap<>();
        results.forEach((output, node) -> byOutput.put(output, numbers.get(node)));
        return new Planned(plan, List.copyOf(externals), byOutput, rewrites);
    }

    private static Slot slot(Expr node, Slot.Place place) {
        return new Slot(node.dtype(), node.shape().count(), place, Names.of(node) + " " + node.shape());
    }

    private static long bytes(Expr node) {
        return node.shape().count() * node.dtype().bytes();
    }

    /** The first and the last step that touch each slot. */
    private static int[][] lifetimes(Order order, int slots) {
        int[][] lifetimes = new int[slots][];
        int step = 0;
        for (int id : order.sorted()) {
            int now = step++;
            Kernel kernel = order.kernel(id);
            Set<Integer> touched = new HashSet<>(kernel.reads());
            touched.addAll(kernel.writes());
            touched.forEach(
                    slot -> lifetimes[slot] = lifetimes[slot] == null ? new int[]{now, now} : new int[]{lifetimes[slot][0], now});
        }
        for (int slot = 0; slot < slots; slot++) {
            if (lifetimes[slot] == null) {
                lifetimes[slot] = new int[]{0, 0};
            }
        }
        return lifetimes;
    }
}
