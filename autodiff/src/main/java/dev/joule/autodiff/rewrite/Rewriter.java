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
    private final List<Rule> before;
    private final List<Rule> rules;
    private final Map<Expr, Expr> simple = new HashMap<>();
    private final Map<String, Integer> fired = new TreeMap<>();

    public Rewriter(List<Rule> rules) {
        this(List.of(), rules);
    }

    /** @param before rules that look at the whole program, and so at its nodes as they are before anything has been rewritten */
    public Rewriter(List<Rule> before, List<Rule> rules) {
        this.before = before;
        this.rules = rules;
    }

    public Expr simplify(Expr root) {
        for (Expr node : Graph.topological(List.of(root), simple.keySet())) {
            if (!simple.containsKey(node)) {
                simple.put(node, Origin.inherit(node.origin(), () -> rewritten(node)));
            }
        }
        return simple.get(root);
    }

    /** How often each rule, by its name, was applied. */
    public Map<String, Integer> fired() {
        return fired;
    }

    private Expr rewritten(Expr node) {
        return first(before, node).orElseGet(() -> {
            Expr now = Graph.on(simple, node);
            return first(rules, now).orElse(now);
        });
    }

    /** What the first rule that applies makes of a node, simplified: its new inner nodes may match a rule too. */
    private Optional<Expr> first(List<Rule> rules, Expr node) {
        for (Rule rule : rules) {
            Optional<Expr> better = rule.rewrite().apply(node);
            if (better.isPresent()) {
                fired.merge(rule.name(), 1, Integer::sum);
                return Optional.of(simplify(better.get()));
            }
        }
        return Optional.empty();
    }
}
