package dev.joule.autodiff.rewrite;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Graph;
import dev.joule.autodiff.Op;
import dev.joule.autodiff.Origin;

/**
 * Matrix products that are another one but for numbers which their rows are multiplied with, or but for the order of their axes, become that
 * one:
 *
 * <pre>
 * a b, (s * a) (c b)   →   p, s * c * p     where p = a b, s has a number for each row of a, and c is a number
 * a b, (bᵀ aᵀ)ᵀ        →   p, p
 * </pre>
 *
 * Gradients are full of them. A sampler computes ∂U/∂x on all the way back through the network; the gradient of a loss by the weights goes
 * the same way from the same samples, but begins with ∂L/∂U, a number for each sample, instead of 1. Second derivatives come back to a
 * weight by two ways, from W and from Wᵀ.
 *
 * <p>Factors s come out of a product only if it is needed without any: what is computed is then as large as what the program computes anyway.
 */
public final class SharedProducts {
    /** What {@code explain} calls it. */
    public static final String NAME = "shared-product";

    private final Factors factors;
    private final Set<Expr> turned;   // products that are only used transposed
    private final Map<Expr, Expr> shared = new HashMap<>();   // by the program's nodes; empty if nothing is
    private final int times;

    /** @param nodes of the program, each behind its inputs */
    public SharedProducts(List<Expr> nodes) {
        this.factors = new Factors(nodes);
        this.turned = turned(nodes);
        Map<Expr, Expr> pulled = new HashMap<>();      // each node, with all factors behind all products
        Map<Expr, Expr> products = new HashMap<>();    // of those that are products, which one is left then
        Map<Expr, Integer> often = new HashMap<>();
        Set<Expr> plain = new HashSet<>();             // those that are needed without factors of rows
        nodes.forEach(node -> pulled.put(node, Origin.inherit(node.origin(), () -> {
            Expr now = on(node, pulled);
            if (!(now.op() instanceof Op.MatMul)) {
                return now;
            }
            Factored p = product(node, now);
            products.put(node, p.rest());
            often.merge(p.rest(), 1, Integer::sum);
            if (p.factors().isEmpty()) {
                plain.add(p.rest());
            }
            return value(node, p);
        })));
        plain.removeIf(product -> often.get(product) == 1);
        times = plain.stream().mapToInt(product -> often.get(product) - 1).sum();
        if (times > 0) {
            nodes.forEach(node -> shared.put(node, Origin.inherit(node.origin(), () -> {
                Expr now = on(node, shared);
                return plain.contains(products.get(node)) ? value(node, product(node, now)) : now;
            })));
        }
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
        Expr now = Graph.on(inputs, node);
        factors.of(now);   // while its inputs' are known: of a long chain it would be a deep recursion
        return now;
    }

    /** Of a product, or of the one that it is the transposed of, if it is only used transposed. */
    private Factored product(Expr node, Expr now) {
        return factors
                .ofMatMul(turned.contains(node) ? Expr.of(now.op(), transposed(now.input(1)), transposed(now.input(0))) : now);
    }

    private Expr value(Expr node, Factored product) {
        return turned.contains(node) ? product.value().transpose() : product.value();
    }

    private static Set<Expr> turned(List<Expr> nodes) {
        Set<Expr> transposed = new HashSet<>(), otherwise = new HashSet<>();
        for (Expr node : nodes) {
            (isTransposed(node) ? transposed : otherwise).addAll(node.inputs());
        }
        transposed.removeAll(otherwise);
        return transposed;
    }

    private static boolean isTransposed(Expr x) {
        return x.op() instanceof Op.Permute && x.op().equals(x.input(0).transpose().op());
    }

    private static Expr transposed(Expr x) {
        return isTransposed(x) ? x.input(0) : x.transpose();
    }
}
