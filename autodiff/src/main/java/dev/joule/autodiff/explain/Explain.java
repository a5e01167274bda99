package dev.joule.autodiff.explain;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Graph;
import dev.joule.autodiff.Op;
import dev.joule.autodiff.Names;

/** Expressions as text that a student can follow: one node a line, each after those that it uses. */
public final class Explain {
    private Explain() {
    }

    public static String expression(Expr root) {
        return expressions(List.of(root));
    }

    /** Nodes used more than once are written once, and have a number to refer to. */
    public static String expressions(Collection<Expr> roots) {
        StringBuilder text = new StringBuilder();
        Map<Expr, String> names = new HashMap<>();
        for (Expr node : Graph.topological(roots)) {
            names.put(node, node.op() instanceof Op.Constant ? Names.of(node) : "%" + (names.size() - constants(names)));
            if (!(node.op() instanceof Op.Constant)) {
                String inputs = node.inputs().stream().map(names::get).collect(Collectors.joining(", "));
                String line = "%-6s= %s%s".formatted(names.get(node), Names.of(node), inputs.isEmpty() ? "" : "(" + inputs + ")");
                text.append("  %-52s %-18s %s%n".formatted(line, node.dtype() + "" + node.shape(), node.origin()));
            }
        }
        return text.toString();
    }

    private static long constants(Map<Expr, String> names) {
        return names.keySet().stream().filter(node -> node.op() instanceof Op.Constant).count();
    }
}
