package dev.joule.autodiff.planner;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Graph;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Op;
import dev.joule.autodiff.Origin;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.rewrite.Algebra;
import dev.joule.autodiff.rewrite.Joining;
import dev.joule.autodiff.rewrite.Repetition;
import dev.joule.autodiff.rewrite.Reuse;
import dev.joule.autodiff.rewrite.Rewriter;
import dev.joule.autodiff.rewrite.Rule;
import dev.joule.autodiff.rewrite.SharedProducts;
import dev.joule.core.plan.PlanCheck;

/**
 * Turns expressions into a plan: simplify, decide what gets memory, write the loops, fuse them, update variables in place, put the steps
 * in order, lay out the memory.
 */
public final class Planner {
    private static final List<Rule> RULES = Stream.of(Algebra.RULES, Repetition.RULES, Joining.RULES).flatMap(List::stream)
            .toList();

    private final Set<Pass> passes;
    private final Map<String, Integer> rewrites = new LinkedHashMap<>();
    private final Map<Pass, String> done = new EnumMap<>(Pass.class);

    private Planner(Set<Pass> passes) {
        this.passes = passes;
    }

    public static Planned plan(List<Expr> outputs, List<Update> updates, Set<Pass> passes) {
        return new Planner(passes).run(outputs, updates);
    }

    private Planned run(List<Expr> outputs, List<Update> updates) {
        requireOneUpdateEach(updates);
        Map<Expr, Expr> simple = simplify(outputs, updates);
        if (passes.contains(Pass.REWRITE)) {
            done.put(Pass.REWRITE,
                    "rules were applied %d times".formatted(rewrites.values().stream().mapToInt(times -> times).sum()));
        }
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
        SumOfProducts sums = SumOfProducts.in(passes.contains(Pass.INLINE) ? nodes : List.of(), roots);
        List<Expr> withWindows = passes.containsAll(Set.of(Pass.INLINE, Pass.WINDOWS)) ? nodes : List.of();
        FoldedProduct.All folded = FoldedProduct.All.in(withWindows, roots);
        WindowOperand.All windows = WindowOperand.All.in(withWindows, roots, folded.parts());
        Set<Expr> materialised = passes.contains(Pass.INLINE) ? Materialised.of(nodes, roots, sums, folded, windows)
                : new HashSet<>(nodes);
        if (passes.contains(Pass.INLINE)) {
            done.put(Pass.INLINE, "%d of %d values need no memory".formatted(nodes.size() - materialised.size(), nodes.size()));
        }
        Lowering.Result lowered = Lowering.lower(nodes, materialised, sums, folded.products(), windows.operands(),
                streams(outputs, updates));
        Order order = new Order(lowered.kernels());
        int kernels = order.size();
        if (passes.contains(Pass.FUSE)) {
            done.put(Pass.FUSE, "%d of %d loops and products became part of others".formatted(Fusion.fuse(order), kernels));
        }
        Map<Integer, Integer> homes = InPlace.apply(order, lowered.slots(), settled, outputNodes);
        List<RowRuns.Group> groups = passes.contains(Pass.ROWS) ? RowRuns.of(order, slot -> homes.getOrDefault(slot, slot))
                : RowRuns.none(order);
        Layout.Result layout = Layout.of(groups, lowered.slots(), homes, Set.copyOf(results.values()));
        if (passes.contains(Pass.ROWS)) {
            done.put(Pass.ROWS, "%d of %d steps go row by row".formatted(
                    layout.plan().runs().stream().mapToInt(run -> run.axes().size()).sum(), layout.plan().steps().size()));
        }
        PlanCheck.check(layout.plan());
        Map<Expr, Integer> byOutput = new LinkedHashMap<>();
        results.forEach((output, node) -> byOutput.put(output, layout.externals().indexOf(node)));
        return new Planned(layout.plan(), layout.externals(), byOutput, List.copyOf(updates), rewrites, done);
    }

    /** Random nodes have their numbers from what the user wrote: rules that exchange operands would exchange what they draw. */
    private static Map<Expr, Integer> streams(List<Expr> outputs, List<Update> updates) {
        Map<Expr, Integer> streams = new HashMap<>();
        Set<Expr> roots = new LinkedHashSet<>(outputs);
        updates.forEach(update -> roots.add(update.value()));
        Graph.topological(roots).stream().filter(node -> node.op() instanceof Op.Random)
                .forEach(node -> streams.put(node, streams.size()));
        return streams;
    }

    private static void requireOneUpdateEach(List<Update> updates) {
        Set<Expr> seen = new HashSet<>();
        updates.forEach(update -> {
            if (!seen.add(update.variable())) {
                throw Origin.error("compile: variable " + Names.of(update.variable()) + " has two updates");
            }
        });
    }

    private Map<Expr, Expr> simplify(List<Expr> outputs, List<Update> updates) {
        Map<Expr, Expr> values = new LinkedHashMap<>();
        outputs.forEach(output -> values.put(output, output));
        updates.forEach(update -> values.put(update.value(), update.value()));
        if (!passes.contains(Pass.REWRITE)) {
            return values;
        }
        rewrite(values, new Rewriter(RULES));
        share(values);
        List<Expr> nodes = Graph.topological(values.values());
        rewrite(values, new Rewriter(
                Stream.concat(Reuse.rules(Set.copyOf(nodes)).stream(), Joining.rules(nodes).stream()).toList(), List.of()));
        if (passes.contains(Pass.WINDOWS)) {
            rewrite(values, new Rewriter(List.of(WindowOperand.LEFT)));
        }
        return values;
    }

    private void rewrite(Map<Expr, Expr> values, Rewriter rewriter) {
        values.replaceAll((_, value) -> rewriter.simplify(value));
        rewriter.fired().forEach((rule, times) -> rewrites.merge(rule, times, Integer::sum));
    }

    private void share(Map<Expr, Expr> values) {
        SharedProducts shared = new SharedProducts(Graph.topological(values.values()));
        if (shared.times() > 0) {
            rewrites.put(SharedProducts.NAME, shared.times());
            values.replaceAll((_, value) -> shared.of(value));
            rewrite(values, new Rewriter(RULES));   // factors that have come together
        }
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
}
