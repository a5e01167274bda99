package dev.joule.autodiff;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Walks over expressions, without recursion: a chain of a million nodes is fine. */
public final class Graph {
    private Graph() {
    }

    /** All nodes that the roots are made of, each after its inputs; always in the same order for the same roots. */
    public static List<Expr> topological(Collection<Expr> roots) {
        return topological(roots, Set.of());
    }

    /** The same, not going beyond the nodes of {@code leaves}. */
    public static List<Expr> topological(Collection<Expr> roots, Set<Expr> leaves) {
        return topological(roots, leaves::contains);
    }

    /** The same, not going beyond nodes that are leaves. */
    static List<Expr> topological(Collection<Expr> roots, Predicate<Expr> leaves) {
        List<Expr> order = new ArrayList<>();
        Map<Expr, Integer> next = new HashMap<>();   // the input to look at next
        Deque<Expr> path = new ArrayDeque<>();
        for (Expr root : roots) {
            if (next.putIfAbsent(root, 0) == null) {
                path.push(root);
            }
            while (!path.isEmpty()) {
                Expr node = path.peek();
                int at = leaves.test(node) ? node.inputs().size() : next.get(node);
                if (at == node.inputs().size()) {
                    order.add(path.pop());
                } else {
                    next.put(node, at + 1);
                    if (next.putIfAbsent(node.input(at), 0) == null) {
                        path.push(node.input(at));
                    }
                }
            }
        }
        return order;
    }

    /** The operation of a node on what its inputs have become. */
    public static Expr on(Map<Expr, Expr> inputs, Expr node) {
        return Expr.of(node.op(), node.inputs().stream().map(inputs::get).toArray(Expr[]::new));
    }

    /** Those nodes of a topological order whose value changes with one of the given ones. Nothing changes through a detach. */
    static Set<Expr> dependents(List<Expr> order, Collection<Expr> on) {
        Set<Expr> dependents = new HashSet<>(on);
        for (Expr node : order) {
            if (!(node.op() instanceof Op.Detach) && node.dtype().isReal()
                    && node.inputs().stream().anyMatch(dependents::contains)) {
                dependents.add(node);
            }
        }
        return dependents;
    }
}
