package dev.joule.ed;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Noise.bernoulli;
import static dev.joule.autodiff.Noise.normal;
import static dev.joule.autodiff.Noise.randint;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Gradient;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.optim.Sgd;
import dev.joule.core.DType;
import dev.joule.core.Devices;
import dev.joule.core.Shape;
import dev.joule.ed.loss.ContrastiveDivergence;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.ed.loss.Perturbation;
import dev.joule.ed.loss.ScoreMatching;
import dev.joule.ed.metric.LogDensityError;
import dev.joule.ed.sampler.Langevin;

/** What is known of the losses in closed form. */
@ExtendWith(NoBufferLeft.class)
class IdentitiesTest {
    /** Data N(m, s²), model N(μ, σ²), δ = m - μ. */
    private static final double M = 0.3, S = 0.8, MU = -0.5, SIGMA = 1.4;
    private static final Energy MODEL = x -> square(x.sub(MU)).sum(-1).mul(1 / (2 * SIGMA * SIGMA));
    private static final double SCORE_MATCHING = -0.3436068;

    private static double mean(Loss loss, Energy energy, int n, int runs) {
        Expr value = loss.of(energy, normal(n, 1).mul(S).add(M));
        double sum = 0;
        try (Store store = new Store(Devices.cpu(2), 3); Program program = Program.compile(store, value)) {
            for (int run = 0; run < runs; run++) {
                program.run();
                sum += program.scalar(value) / runs;
            }
        }
        return sum;
    }

    /** ED_t = (s²+δ²)/2σ² - (s²+t+δ²)/2(σ²+t) - ½ log((σ²+t)/σ²). */
    @ParameterizedTest
    @CsvSource({"0.5", "1", "3"})
    void energyDiscrepancyOfGaussians(double t) {
        double v = SIGMA * SIGMA, spread = S * S + (M - MU) * (M - MU);
        double exact = spread / (2 * v) - (spread + t) / (2 * (v + t)) - 0.5 * Math.log((v + t) / v);
        assertEquals(exact, mean(new EnergyDiscrepancy(t, 512, 0), MODEL, 8192, 10), 0.015);
    }

    /** log (w + M)/M where all energies are equal; in float64 to its last digits. */
    @ParameterizedTest
    @CsvSource({"0", "0.3", "1"})
    void energyDiscrepancyOfAFlatEnergy(double w) {
        Expr x = array(DType.FLOAT64, Shape.of(3, 2), 1, 2, 3, 4, 5, 6);
        Energy flat = points -> points.sum(-1).mul(0).add(1e30);
        Expr loss = new EnergyDiscrepancy(1, 4, w).of(flat, x);
        assertEquals(Math.log((w + 4) / 4), Eval.eval(loss).scalar(), 1e-15);
    }

    /** Not even of energies whose squares overflow. */
    @Test
    void aRegulariserOfZeroIsNone() {
        Energy large = points -> points.sum(-1).mul(1e30);
        Expr x = array(new double[][]{{1, 2}, {3, 4}});
        Expr loss = new ContrastiveDivergence(new Langevin(1, 1e-30, 0), 0).of(large, x);   // the one step is (1, 1)
        assertEquals(2e30, Eval.eval(loss).scalar(), 1e24);
    }

    /** Σ_x p(x) Σ_y q(y|x) log Σ_z q(z|y) e^(U(x) - U(z)) over the two values of one bit. */
    @ParameterizedTest
    @CsvSource({"0.1", "0.4"})
    void energyDiscrepancyOfABitThatFlips(double flip) {
        double one = 0.7, theta = 1.5, exact = 0;   // p(1), and U(x) = theta x
        for (int x = 0; x <= 1; x++) {
            for (int y = 0; y <= 1; y++) {
                double sum = 0;
                for (int z = 0; z <= 1; z++) {
                    sum += (y == z ? 1 - flip : flip) * Math.exp(theta * (x - z));
                }
                exact += (x == 1 ? one : 1 - one) * (x == y ? 1 - flip : flip) * Math.log(sum);
            }
        }
        Loss loss = new EnergyDiscrepancy(new Perturbation.Flips(flip), 512, 0);
        Expr value = loss.of(x -> x.sum(-1).mul(theta), bernoulli(one, 50_000, 1));
        assertEquals(exact, Eval.eval(value).scalar(), 0.02);
    }

    @Test
    void explicitScoreMatchingOfGaussians() {
        assertEquals(SCORE_MATCHING, mean(new ScoreMatching(), MODEL, 100_000, 10), 0.002);
    }

    /** ED_t / t = -0.34251 at t = .01, and goes to score matching. */
    @Test
    void energyDiscrepancyBecomesScoreMatching() {
        double t = 0.01;
        assertEquals(SCORE_MATCHING, mean(new EnergyDiscrepancy(t, 64, 0), MODEL, 50_000, 100) / t, 0.02);
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "5"})
    void scoreMatchingOfAStandardNormal(int d) {
        Expr loss = new ScoreMatching().of(x -> square(x).sum(-1).mul(0.5), normal(200_000, d));
        assertEquals(-d / 2.0, Eval.eval(loss).scalar(), 0.01 * d);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 1", "4, 1", "16, 0.1", "4, 4"})
    void aConstantInTheEnergyChangesNothing(int particles, double w) {
        Loss loss = new EnergyDiscrepancy(1, particles, w);
        double plain = mean(loss, MODEL, 100, 1), raised = mean(loss, x -> MODEL.at(x).add(7), 100, 1);
        assertEquals(plain, raised, 1e-5);
    }

    /** Without noise a step of the chain is x - ε x for U = x²/2; the loss is then a formula. */
    @Test
    void contrastiveDivergenceByHand() {
        double[] x = {-1, 0.5, 2};
        double step = 0.1, alpha = 0.3, expected = 0;
        for (double plus : x) {
            double u = plus * plus / 2, v = plus * plus * (1 - step) * (1 - step) / 2;
            expected += (u - v + alpha * (u * u + v * v)) / x.length;
        }
        Expr loss = new ContrastiveDivergence(new Langevin(1, step, 0), alpha).of(z -> square(z).sum(-1).mul(0.5),
                array(x).reshape(3, 1));
        assertEquals(expected, Eval.eval(loss).scalar(), 1e-6);
    }

    @Test
    void theAuthorsNumbers() {
        assertEquals(new ContrastiveDivergence(new Langevin(10, 0.005, 0.1), 0.3), ContrastiveDivergence.notebook());
        assertEquals(new LogDensityError(5000), LogDensityError.PAPER);
    }

    /** d/da of the loss of U = a x²/2 on N(0, 1). */
    private static double slope(Loss loss, double a, int n) {
        Expr scale = variable("a", constant(a)), value = loss.of(x -> square(x).sum(-1).mul(0.5).mul(scale), normal(n, 1));
        return Eval.eval(Gradient.gradient(value, scale)).scalar();
    }

    /** With w = 1 the true scale is the minimum for every M and t; a smaller w makes the model too narrow, a larger one too wide. */
    @ParameterizedTest
    @CsvSource({"0.25, 1, 1, 1", "1, 1, 1, 1", "4, 1, 1, 1", "1, 4, 1, 1", "1, 16, 1, 1", "1, 1, 0.1, 2.44", "1, 4, 0.1, 1.45",
            "1, 16, 0.1, 1.11", "1, 1, 4, 0.657",
            "1, 4, 4, 0.742", "1, 16, 4, 0.862"})
    void theMinimumIsWhereItShouldBe(double t, int particles, double w, double minimum) {
        Loss loss = new EnergyDiscrepancy(t, particles, w);
        int n = particles == 16 ? 500_000 : 2_000_000;
        assertTrue(slope(loss, 0.95 * minimum, n) < 0, "below");
        assertTrue(slope(loss, 1.05 * minimum, n) > 0, "above");
    }

    @Test
    void everyLossLearnsInTheRightDirection() {
        for (Loss loss : Arrays.asList(new EnergyDiscrepancy(1, 4, 1), new ScoreMatching(),
                new ContrastiveDivergence(new Langevin(10, 0.005, 0.1), 0))) {
            assertTrue(slope(loss, 0.5, 200_000) < 0, "too wide: " + loss);
            assertTrue(slope(loss, 2, 200_000) > 0, "too narrow: " + loss);
        }
    }

    /** U = (x - m)²/2 of data around 3: the gradient by m is 0 where the chains' mean is the data's, and at equilibrium that is m. */
    @Test
    void chainsInABufferFindTheMean() {
        Expr m = variable("m", constant(0)), buffer = variable("buffer", normal(1000, 1)), places = randint(1000, 200);
        Energy energy = x -> square(x.sub(m)).sum(-1).mul(0.5);
        Expr ends = new Langevin(5, 0.1, Math.sqrt(0.2)).from(energy, buffer.rows(places));
        Expr loss = energy.at(normal(200, 1).add(3)).mean().sub(energy.at(ends).mean());
        List<Update> updates = new ArrayList<>(Sgd.of(0.05).minimise(loss, List.of(m)));
        updates.add(new Update(buffer, buffer.withRows(places, ends)));
        try (Store store = new Store(Devices.cpu(), 1); Program step = Program.compile(store, List.of(), updates)) {
            step.run(1000);
            assertEquals(3, store.get(m)[0], 0.2);
            assertEquals(3, Arrays.stream(store.get(buffer)).average().orElseThrow(), 0.2);
        }
    }

    /** A long chain with noise √(2ε) forgets its start and has the model's variance. */
    @Test
    void langevinReachesTheModel() {
        Expr end = new Langevin(200, 0.05, Math.sqrt(0.1)).from(x -> square(x).sum(-1).mul(0.5 / 4), normal(20_000, 1).add(5));
        double[] moments = {Eval.eval(end.mean()).scalar(), Eval.eval(end.var()).scalar()};
        assertArrayEquals(new double[]{5 * Math.pow(1 - 0.05 / 4, 200), 4}, moments, 0.2);
    }
}
