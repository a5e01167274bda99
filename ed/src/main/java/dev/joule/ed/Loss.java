package dev.joule.ed;

import dev.joule.autodiff.Expr;

/**
 * A loss of an energy on samples x [n, d] of the data, or images [n, h, w, c]; a scalar. A loss of one's own is a lambda:
 *
 * <pre>{@code
 * Loss mine = (energy, x) -> {
 *     Expr noisy = x.add(normal(x.shape()).mul(0.5));
 *     return softplus(energy.at(x).sub(energy.at(noisy))).mean();
 * };
 * }</pre>
 */
@FunctionalInterface
public interface Loss {
    Expr of(Energy energy, Expr x);
}
