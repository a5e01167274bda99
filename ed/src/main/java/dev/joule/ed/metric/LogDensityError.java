package dev.joule.ed.metric;

import static dev.joule.autodiff.Functions.logSumExp;
import static dev.joule.autodiff.Functions.square;

import dev.joule.autodiff.Expr;
import dev.joule.ed.Energy;
import dev.joule.ed.data.Distribution;

/**
 * The paper's measure of a learned density: the mean squared error of its log-density on fresh samples of the true one,
 * E_p[(log p(x) + U(x) + log Z)²].
 *
 * @param samples how many samples each expectation is taken over
 */
public record LogDensityError(int samples) {
    /** The authors' number of samples. */
    public static final LogDensityError PAPER = new LogDensityError(5000);

    public LogDensityError {
        if (samples < 1) {
            throw new IllegalArgumentException("log-density error: " + samples + " samples, and at least 1 is needed");
        }
    }

    public Expr of(Energy energy, Distribution truth) {
        Expr x = truth.sample(samples);
        return square(truth.logDensity(x).add(energy.checked(1).at(x)).add(logPartition(energy, truth))).mean();
    }

    /** log Z = log E_p[e^(-U(z)) / p(z)]: importance sampling with the true density as proposal. */
    public Expr logPartition(Energy energy, Distribution truth) {
        Expr z = truth.sample(samples);
        return logSumExp(energy.checked(1).at(z).neg().sub(truth.logDensity(z)), 0).sub(Math.log(samples));
    }
}
