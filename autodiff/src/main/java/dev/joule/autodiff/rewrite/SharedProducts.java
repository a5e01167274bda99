package dev.joule.autodiff.rewrite;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Op;
import dev.joule.autodiff.Origin;

/**
 * Matrix products that are the same but for numbers which their rows are multiplied with, or but for the order of their axes, are one:
 *
 * <pre>
 * a b, (s * a) (c b)   →   p, s * c * p     where p = a b, s has a number for each row of a, and c is a number
 * a b, bᵀ aᵀ           →   p, pᵀ
 * </pre>
 *
 * Gradients are full of them. A sampler computes ∂U/∂x on all the way back through the network; the gradient of a loss by the weights goes
 * the same way from the same samples, but begins with ∂L/∂U, a number for each sample, instead of 1. Second derivatives come back to a
 * weight by two ways, from W and from Wᵀ.
 */
public final class SharedProducts {
    /** What {@code explain} calls it. */
    public static final String NAME = "shared-product";

    private final Factors factors;
    private final Map<Expr, Expr> shared = new HashMap<>();     // by the program's nodes; empty if nothing is
    private final Map<Expr, Expr> standing = new HashMap<>();   // by a product that is shared, and by its mirror image: what stands for it
    private int times;

    /** @param nodes of the program, each behind its inputs */
    public SharedProducts(List<Expr> nodes) {
        this.factors = new Factors(nodes);
        Map<Expr, Expr> pulled = new HashMap<>();      // each node, with all factors behind all products
        Map<Expr, Expr> products = new HashMap<>();    // of those that are products, which one is left then
        Map<Expr, Integer> often = new HashMap<>();
        nodes.forEach(node -> pulled.put(node, Origin.inherit(node.origin(), () -> {
            Expr now = on(node, pulled);
            if (!(now.op() instanceof Op.MatMul)) {
                return now;
            }
            Factored p = factors.ofMatMul(now);
            Expr first = often.containsKey(mirrored(p.rest())) ? mirrored(p.rest()) : p.rest();
            products.put(node, first);
            often.merge(first, 1, Integer::sum);
            return p.value();
        })));
        if (often.values().stream().allMatch(count -> count == 1)) {
            return;
        }
        nodes.forEach(node -> shared.put(node, Origin.inherit(node.origin(), () -> {
            Expr now = on(node, shared);
            return products.containsKey(node) && often.get(products.get(node)) > 1 ? share(now) : now;
        })));
    }

    /** What a node of the program has become. */
    public Expr of(Expr node) {
        return shared.getOrDefault(node, node);
    }

    /** How many products became others. */
    public int times() {
        return times;
    }

    private Expr on(Expr node, Map<Expr, Expr> inputs) {
        Expr now = Expr.of(node.op(), node.inputs().stream().map(inputs::get).toArray(Expr[]::new));
        factors.of(now);   // while its inputs' are known: of a long chain it would be a deep recursion
        return now;
    }

    private Expr share(Expr y) {
        Factored p = factors.ofMatMul(y);
        Expr standing = this.standing.get(p.rest());
        if (standing != null) {
            times++;
            return p.with(standing).value();
        }
        this.standing.put(mirrored(p.rest()), p.rest().transpose());
        this.standing.put(p.rest(), p.rest());
        return p.value();
    }

    /** The product of which y is the transposed one. */
    private static Expr mirrored(Expr y) {
        return Expr.of(y.op(), transposed(y.input(1)), transposed(y.input(0)));
    }

    private static Expr transposed(Expr x) {
        Expr turned = x.transpose();
        return x.op().equals(turned.op()) ? x.input(0) : turned;
    }
}
