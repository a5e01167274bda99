package dev.joule.ed;

import static dev.joule.autodiff.Constants.array;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.core.DType;
import dev.joule.core.Devices;
import dev.joule.ed.data.Gaussians25;
import dev.joule.ed.metric.LogDensityError;
import dev.joule.ed.picture.Grid;

@ExtendWith(NoBufferLeft.class)
class DataTest {
    private static final Gaussians25 DATA = new Gaussians25();

    private static double plain(double x, double y) {
        double sum = 0, s = 0.2 / 1.414;
        for (int i = -2; i <= 2; i++) {
            for (int j = -2; j <= 2; j++) {
                double dx = x - 2 * i / 1.414, dy = y - 2 * j / 1.414;
                sum += Math.exp(-(dx * dx + dy * dy) / (2 * s * s)) / (25 * 2 * Math.PI * s * s);
            }
        }
        return Math.log(sum);
    }

    @Test
    void logDensityIsThatOfTheMixture() {
        double[][] points = {{0, 0}, {0.1, -0.2}, {1.414, 1.3}, {-2.9, 2.7}, {0.7, 0.7}};
        Expr x = array(points),
                exact = array(DType.FLOAT64, x.shape(), Arrays.stream(points).flatMapToDouble(Arrays::stream).toArray());
        double[] values = Eval.eval(DATA.logDensity(x), Devices.reference(), 0).values(),
                exactly = Eval.eval(DATA.logDensity(exact), Devices.reference(), 0).values();
        for (int i = 0; i < points.length; i++) {
            double expected = plain(points[i][0], points[i][1]);
            assertEquals(expected, values[i], 1e-4);
            assertEquals(expected, exactly[i], 1e-11);
        }
    }

    @Test
    void theDensityIntegratesToOne() {
        Grid grid = new Grid(5, 400);
        double[] logarithm = Eval.eval(DATA.logDensity(grid.points())).values();
        assertEquals(1, Arrays.stream(logarithm).map(Math::exp).sum() * 100 / (400 * 400), 1e-3);
    }

    /** The mean of log p over samples is minus the entropy: that of a Gaussian plus log 25, as the modes hardly overlap. */
    @Test
    void samplesComeFromTheDensity() {
        Expr mean = DATA.logDensity(DATA.sample(200_000)).mean();
        double entropy = 1 + Math.log(2 * Math.PI * 0.04 / (1.414 * 1.414)) + Math.log(25);
        assertEquals(-entropy, Eval.eval(mean).scalar(), 0.01);
    }

    @Test
    void theErrorOfTheTruthIsZeroAndTheConstantDoesNotMatter() {
        Energy truth = x -> DATA.logDensity(x).neg().add(3);
        assertEquals(-3, Eval.eval(LogDensityError.PAPER.logPartition(truth, DATA)).scalar(), 1e-4);
        assertEquals(0, Eval.eval(LogDensityError.PAPER.of(truth, DATA)).scalar(), 1e-8);
    }

    /** For E = -log p + δ(x) with δ = ±c on the halves of the plane, log Z = log cosh c and the error is E[(δ + log Z)²]. */
    @Test
    void theErrorOfAKnownDeviation() {
        double c = 0.5, z = Math.log(Math.cosh(c));
        Energy energy = x -> DATA.logDensity(x).neg().add(x.at(1, 0).sub(1e-3).greater(0).mul(2).sub(1).mul(c));
        assertEquals(((c + z) * (c + z) + (z - c) * (z - c)) / 2,
                Eval.eval(new LogDensityError(100_000).of(energy, DATA)).scalar(), 0.01);
    }
}
