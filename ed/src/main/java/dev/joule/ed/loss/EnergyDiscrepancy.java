package dev.joule.ed.loss;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Functions.concat;
import static dev.joule.autodiff.Functions.logSumExp;
import static java.lang.Math.log;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Origin;
import dev.joule.core.Shape;
import dev.joule.ed.Energy;
import dev.joule.ed.Loss;

/**
 * Energy discrepancy (Schröder et al. 2023): mean over i of log(w/M + 1/M Σ_j exp(U(x_i) - U(z_ij))), where y_i is x_i perturbed, and z_ij for
 * j = 1 … M is y_i perturbed again, each drawn for itself. With Gaussian perturbation z_ij = x_i + √t ξ_i + √t ξ'_ij.
 *
 * @param particles M, how many recoveries are drawn of each sample
 * @param w weight of the stabilising constant; 1 is consistent for every M, 0 is none
 */
public record EnergyDiscrepancy(Perturbation perturbation, int particles, double w) implements Loss {
    public EnergyDiscrepancy {
        if (particles < 1) {
            throw new IllegalArgumentException("energy discrepancy: " + particles + " particles, and at least 1 is needed");
        }
        if (!(w >= 0 && w < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("energy discrepancy: the weight w is " + w + ", and must not be negative");
        }
    }

    /** The paper's, with Gaussian perturbation. @param t its variance, positive */
    public EnergyDiscrepancy(double t, int particles, double w) {
        this(new Perturbation.Gaussian(t), particles, w);
    }

    @Override
    public Expr of(Energy energy, Expr x) {                                              // x: [n, d], or images [n, h, w, c]
        if (x.rank() < 2) {
            throw Origin.error("energy discrepancy: takes samples of shape [n, d], not " + x.shape());
        }
        Energy u = energy.checked(x.rank() - 1);
        Shape n = x.shape().slice(0, 1), m = Shape.of(particles), d = x.shape().slice(1, x.rank());
        Expr y = perturbation.of(x);                                                     // [n, d]     perturbed once per sample
        Expr z = perturbation.of(y.expandDims(1).broadcast(n.concat(m).concat(d)));      // [n, M, d]  M recoveries of each
        Expr gap = u.at(x).expandDims(1).sub(u.at(z));                                   // [n, M]
        Expr all = w == 0 ? gap : concat(gap, constant(gap.dtype(), log(w), n.size(0), 1));   // [n, M + 1]
        return logSumExp(all, 1).sub(log(particles)).mean();
    }
}
