package dev.joule.ed.loss;

import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Tangent.laplacian;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Tangent.Laplacian;
import dev.joule.ed.Energy;
import dev.joule.ed.Loss;

/** Explicit score matching (Hyvärinen 2005) with the exact Laplacian: E[½ |∇U|² - ΔU]. */
public record ScoreMatching() implements Loss {
    @Override
    public Expr of(Energy energy, Expr x) {
        Laplacian u = laplacian(energy.checked(1).at(x), x);
        return square(u.gradient()).sum(-1).mul(0.5).sub(u.laplacian()).mean();
    }
}
