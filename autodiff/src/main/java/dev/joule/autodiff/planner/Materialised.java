package dev.joule.autodiff.planner;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.scalar.Unary;

/**
 * Decides which nodes get memory of their own; all others are computed inside the loops that use them. Memory is given to
 * what a product, a gather or the user reads, to reductions and products themselves, and to a value that several loops would
 * otherwise compute again, unless that is cheaper than to load it.
 */
final class Materialised {
    /** Instructions that may be computed twice in place of a store and a load. */
    private static final int CHEAP = 2;
    /** Chains of more operations are cut, so that a loop's body stays of a size that a cache, and a reader, can hold. */
    private static final int LONGEST_CHAIN = 64;

    /** A loop that needs a value at more places of an array than this, by slices of it, would have so many copies of what computes it. */
    private static final int MOST_PLACES = 16;

    private final Set<Expr> nodes = new HashSet<>();
    private final Map<Expr, Integer> chains = new HashMap<>();    // operations from the memory below to this node
    private final Map<Expr, Set<Expr>> loops = new HashMap<>();   // the materialised nodes whose loops compute this one
    private final Map<Expr, Integer> direct = new HashMap<>(), viewed = new HashMap<>();   // at how many places of it a loop does

    private final WindowOperand.All windows;

    private Materialised(WindowOperand.All windows) {
        this.windows = windows;
    }

    /** @param order all nodes, inputs first; @param roots those that the user or an update reads */
    static Set<Expr> of(List<Expr> order, Collection<Expr> roots, SumOfProducts sums, FoldedProduct.All folded,
            WindowOperand.All windows) {
        Materialised decision = new Materialised(windows);
        decision.nodes.addAll(roots);
        order.forEach(node -> {
            decision.required(node);
            decision.cut(node);
        });
        order.stream().filter(sums::isSum).forEach(decision.nodes::add);
        order.reversed().forEach(decision::shared);
        decision.nodes.removeIf(sums::isPart);
        decision.nodes.removeAll(folded.parts());
        return decision.nodes;
    }

    private void required(Expr node) {
        switch (node.op()) {
            case Op.Variable _, Op.Data _, Op.Reduce _, Op.Concat _, Op.Embed _, Op.Fold _ -> nodes.add(node);
            case Op.MatMul _ -> {
                nodes.add(node);
                nodes.add(windows.operands().containsKey(node) ? windows.operands().get(node).node()
                        : Views.operand(node.input(0)).node());
                nodes.add(Views.operand(node.input(1)).node());
            }
            case Op.Rows _ -> {
                Views.Base base = Views.base(node.input(0));
                nodes.add(base.strides()[0] >= 0 ? base.node() : node.input(0));
                repeated(node.input(1), node);
            }
            case Op.ScatterRows _, Op.WithRows _ -> {
                nodes.add(node);
                nodes.addAll(node.inputs());
            }
            case Op.Reshape _ -> {
                if (Views.isOpaque(node) && !windows.reshapes().contains(node)) {
                    nodes.add(node.input(0));
                }
            }
            case Op.Broadcast _, Op.Unfold _ -> repeated(node.input(0), node);
            case Op.Constant _, Op.Random _, Op.Range _, Op.Map _, Op.Zip _, Op.Select _, Op.Cast _, Op.Detach _, Op.Permute _, Op.Slice _ ->
                {
                }
        }
    }

    /** What is repeated would be computed again for each repetition. */
    private void repeated(Expr node, Expr user) {
        if (cost(node) > CHEAP / 2 && user.shape().count() > node.shape().count()) {
            nodes.add(node);
        }
    }

    private void cut(Expr node) {
        int chain = 1 + node.inputs().stream().mapToInt(input -> nodes.contains(input) ? 0 : chains.get(input)).max().orElse(0);
        if (chain > LONGEST_CHAIN && !Views.isView(node)) {
            nodes.add(node);
        }
        chains.put(node, chain);
    }

    private void shared(Expr node) {
        Set<Expr> users = loops.getOrDefault(node, Set.of());
        if (!nodes.contains(node) && users.size() > 1 && !Views.isView(node) && cost(node) > CHEAP) {
            nodes.add(node);
        }
        int places = direct.getOrDefault(node, 0) + viewed.getOrDefault(node, 0);
        if (places > MOST_PLACES && !Views.isView(node) && cost(node) > 0) {
            nodes.add(node);
        }
        boolean inMemory = nodes.contains(node);
        for (Expr input : node.inputs()) {
            loops.computeIfAbsent(input, _ -> new LinkedHashSet<>()).addAll(inMemory ? Set.of(node) : users);
            int passed = inMemory ? 1 : Math.min(places, MOST_PLACES + 1);
            if (Views.isView(node)) {
                viewed.merge(input, passed, Integer::sum);
            } else {
                direct.merge(input, passed, Math::max);
            }
        }
    }

    /** About how many instructions it takes to compute an element again from memory; large ones count as many. */
    private int cost(Expr node) {
        if (nodes.contains(node)) {
            return 0;
        }
        int own = switch (node.op()) {
            case Op.Constant _, Op.Variable _, Op.Data _, Op.Range _, Op.Detach _, Op.Permute _, Op.Slice _, Op.Unfold _, Op.Reshape _,
                    Op.Broadcast _ ->
                0;
            case Op.Zip _, Op.Select _, Op.Cast _ -> 1;
            case Op.Map(Unary f) -> f == Unary.NEG || f == Unary.ABS ? 1 : 10;
            case Op.Random _, Op.Reduce _, Op.MatMul _, Op.Embed _, Op.Concat _, Op.Fold _, Op.Rows _, Op.ScatterRows _,
                    Op.WithRows _ ->
                100;
        };
        int sum = own;
        for (Expr input : node.inputs()) {
            if (sum > CHEAP) {
                return sum;   // enough to know
            }
            sum += cost(input);
        }
        return sum;
    }
}
