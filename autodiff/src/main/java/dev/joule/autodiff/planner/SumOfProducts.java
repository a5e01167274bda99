package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.core.scalar.Binary;

/**
 * Finds sums a b + c d + … whose products nobody else uses: the first writes the sum's memory, the others add to it. So it is with
 * the gradient of weights that are used more than once.
 */
final class SumOfProducts {
    private final Map<Expr, List<Expr>> products = new HashMap<>();
    private final Set<Expr> inner = new HashSet<>();

    private SumOfProducts() {
    }

    /** @param order all nodes, inputs first; @param roots those that the user or an update reads */
    static SumOfProducts in(List<Expr> order, Collection<Expr> roots) {
        Uses uses = Uses.in(order, roots);
        SumOfProducts sums = new SumOfProducts();
        for (Expr node : order) {
            if (node.op() instanceof Op.Zip(Binary f) && f == Binary.ADD) {
                List<Expr> all = new ArrayList<>();
                if (node.inputs().stream().allMatch(term -> uses.isOnce(term) && all.addAll(sums.terms(term)))) {
                    sums.products.put(node, all);
                    sums.inner.addAll(node.inputs());
                }
            }
        }
        return sums;
    }

    private List<Expr> terms(Expr term) {
        return term.op() instanceof Op.MatMul ? List.of(term) : products.getOrDefault(term, List.of());
    }

    /** Whether a node is such a sum, and not a part of a larger one. */
    boolean isSum(Expr node) {
        return products.containsKey(node) && !inner.contains(node);
    }

    /** Whether a node is a part of such a sum: it has no memory of its own. */
    boolean isPart(Expr node) {
        return inner.contains(node);
    }

    /** The products that a sum is made of. */
    List<Expr> products(Expr sum) {
        return products.get(sum);
    }
}
