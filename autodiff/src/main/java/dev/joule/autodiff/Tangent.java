package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.eye;

import java.util.List;
import java.util.Map;
import java.util.HashMap;
import java.util.Set;
import java.util.stream.IntStream;

import dev.joule.core.Shape;

/** Forward mode: directional derivatives, and the Laplacian in one pass from the inputs to the result. */
public final class Tangent {
    private Tangent() {
    }

    /** The Jacobian-vector product d/dε y(x + ε v) at ε = 0; v has the shape of x, the result that of y. */
    public static Expr jvp(Expr y, Expr x, Expr v) {
        if (!v.shape().equals(x.shape())) {
            throw Origin.error("jvp: the direction's shape " + v.shape() + " is not that of x, " + x.shape());
        }
        Jet jet = pass(y, x, new Jet(v.cast(Gradient.by("jvp", x).dtype()).expandDims(0), null), false);
        return jet == null ? zero(y, y.shape()) : jet.tangents().squeeze(0);
    }

    /**
     * An energy's value, gradient and Laplacian by each of its samples.
     *
     * @param value [*]
     * @param gradient [*, d]: ∇E
     * @param laplacian [*]: ΔE = Σ ∂²E/∂x²
     */
    public record Laplacian(Expr value, Expr gradient, Expr laplacian) {
    }

    /**
     * The Laplacian of an energy [*] by its samples x [*, d], where each energy depends on its own sample only. One pass forward with d
     * tangents: for y = f(u), ∂y = f'(u) ∂u and Δy = f'(u) Δu + f''(u) Σ (∂u)². The result has a gradient like any other.
     */
    public static Laplacian laplacian(Expr energy, Expr x) {
        if (x.rank() == 0 || !energy.shape().equals(x.shape().slice(0, x.rank() - 1))) {
            throw Origin
                    .error("laplacian: an energy [*] of samples [*, d] is needed, not " + energy.shape() + " of " + x.shape());
        }
        int d = x.size(-1);
        int[] seed = IntStream.range(0, x.rank() + 1).map(axis -> axis == 0 || axis == x.rank() ? d : 1).toArray();
        Expr directions = eye(d).cast(Gradient.by("laplacian", x).dtype()).reshape(seed).broadcast(Shape.of(d).concat(x.shape()));   // [d, *, d]
        Jet jet = pass(energy, x, new Jet(directions, null), true);
        if (jet == null) {
            return new Laplacian(energy, zero(x, x.shape()), zero(energy, energy.shape()));
        }
        int[] last = IntStream.rangeClosed(1, x.rank()).map(axis -> axis % x.rank()).toArray();
        return new Laplacian(energy, jet.tangents().permute(last),
                jet.second() == null ? zero(energy, energy.shape()) : jet.second());
    }

    private static Jet pass(Expr y, Expr x, Jet seed, boolean second) {
        List<Expr> order = Graph.topological(List.of(y), Set.of(x));
        Set<Expr> active = Graph.dependents(order, List.of(x));
        Map<Expr, Jet> jets = new HashMap<>();
        jets.put(x, seed);
        for (Expr node : order) {
            if (node != x && active.contains(node)) {
                Jet jet = Origin.inherit(node.origin(), () -> JetRules.of(node, jets, second));
                if (jet != null) {
                    jets.put(node, jet);
                }
            }
        }
        return jets.get(y);
    }

    private static Expr zero(Expr like, Shape shape) {
        return constant(like.dtype(), 0).broadcast(shape);
    }
}
