package dev.joule.autodiff.planner;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.joule.autodiff.Expr;

/** How often each node is used: what nobody else needs can become part of its user. */
record Uses(Map<Expr, Integer> counts) {

    /** @param order all nodes, inputs first; @param roots those that the user or an update reads */
    static Uses in(List<Expr> order, Collection<Expr> roots) {
        Map<Expr, Integer> counts = new HashMap<>();
        order.forEach(node -> node.inputs().forEach(input -> counts.merge(input, 1, Integer::sum)));
        roots.forEach(root -> counts.merge(root, 2, Integer::sum));
        return new Uses(counts);
    }

    /** Whether a node has one user, who has it once, and nobody reads it. */
    boolean isOnce(Expr node) {
        return counts.get(node) == 1;
    }
}
