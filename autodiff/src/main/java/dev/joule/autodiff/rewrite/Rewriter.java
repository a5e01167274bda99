package dev.joule.autodiff.rewrite;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Graph;
import dev.joule.autodiff.Origin;

/** Applies rules to whole expressions, inputs first, until none applies any more. */
public final class Rewriter {
    private final List<Rule> rules;
    private final Map<Expr, Expr> simple = new HashMap<>();
    private final Map<String, Integer> fired = new TreeMap<>();

    public Rewriter(List<Rule> rules) {
        this.rules = rules;
    }

    public Expr simplify(Expr root) {
        for (Expr node : Graph.topological(List.of(root), simple.keySet())) {
            if (!simple.containsKey(node)) {
                Expr[] inputs = node.inputs().stream().map(simple::get).toArray(Expr[]::new);
                simple.put(node, Origin.inherit(node.origin(), () -> exhaust(Expr.of(node.op(), inputs))));
            }
        }
        return simple.get(root);
    }

    /** How often each rule, by its name, was applied. */
    public Map<String, Integer> fired() {
        return fired;
    }

    private Expr exhaust(Expr node) {
        for (Rule rule : rules) {
            Optional<Expr> better = rule.rewrite().apply(node);
            if (better.isPresent()) {
                fired.merge(rule.name(), 1, Integer::sum);
                return simplify(better.get());   // its new inner nodes may match a rule too
            }
        }
        return node;
    }
}
