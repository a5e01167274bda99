package dev.joule.autodiff;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts expressions in the place of others. */
public final class Substitute {
    private Substitute() {
    }

    /** The expression with each key replaced by its value, which has the same type and shape. Random nodes stay the same draws. */
    public static Expr in(Expr root, Map<Expr, Expr> replacements) {
        replacements.forEach((old, fresh) -> {
            if (old.dtype() != fresh.dtype() || !old.shape().equals(fresh.shape())) {
                throw Origin.error("substitute: " + fresh.dtype() + fresh.shape() + " for " + old.dtype() + old.shape());
            }
        });
        Map<Expr, Expr> done = new HashMap<>(replacements);
        for (Expr node : Graph.topological(List.of(root), replacements.keySet())) {
            if (!done.containsKey(node)) {
                done.put(node, Origin.inherit(node.origin(), () -> Graph.on(done, node)));
            }
        }
        return done.get(root);
    }
}
