package dev.joule.ed;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Noise.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Gradient;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.core.DType;
import dev.joule.core.Devices;
import dev.joule.core.Shape;
import dev.joule.ed.sampler.Langevin;

/** Of a linear decoder, x = z W + σ ξ with z of N(0, 1), all is known: z given x has precision 1 + W Wᵀ/σ². */
@ExtendWith(NoBufferLeft.class)
class LatentModelTest {
    private static final double SIGMA = 0.5;
    /** W Wᵀ = diag(2, 4). */
    private static final double[] W = {1, 0, 1, 0, 2, 0}, X = {0.3, -1, 0.7},
            PRECISION = {1 + 2 / (SIGMA * SIGMA), 1 + 4 / (SIGMA * SIGMA)};
    private static final double[] MEAN = {(X[0] + X[2]) / (SIGMA * SIGMA) / PRECISION[0],
            2 * X[1] / (SIGMA * SIGMA) / PRECISION[1]};

    private static LatentModel linear(DType dtype) {
        return new LatentModel(Energy.gaussian(1), z -> z.matmul(array(dtype, Shape.of(2, 3), W)), SIGMA);
    }

    /** ½ Σ p_i (z_i - m_i)², and a constant. */
    @Test
    void theEnergyOfThePosterior() {
        double[] z = {0.1, -0.4, 1.5, 2, -3, 0.2};
        Expr x = array(DType.FLOAT64, Shape.of(1, 3), X).broadcast(3, 3);
        double[] energy = Eval.eval(linear(DType.FLOAT64).posterior(x).at(array(DType.FLOAT64, Shape.of(3, 2), z))).values();
        DoubleUnaryOperator exact = row -> IntStream.range(0, 2)
                .mapToDouble(i -> PRECISION[i] / 2 * Math.pow(z[2 * (int) row + i] - MEAN[i], 2)).sum();
        assertEquals(exact.applyAsDouble(1) - exact.applyAsDouble(0), energy[1] - energy[0], 1e-12);
        assertEquals(exact.applyAsDouble(2) - exact.applyAsDouble(0), energy[2] - energy[0], 1e-12);
    }

    @Test
    void chainsEndInThePosterior() {
        int n = 8192;
        Expr x = array(DType.FLOAT32, Shape.of(1, 3), X).broadcast(n, 3);
        Expr z = new Langevin(80, 0.005, 0.1).from(linear(DType.FLOAT32).posterior(x), normal(n, 2));
        try (Store store = new Store(Devices.cpu(2), 5); Program program = Program.compile(store, List.of(z), List.of())) {
            program.run();
            double[] values = program.values(z);
            for (int i = 0; i < 2; i++) {
                int place = i;
                double mean = IntStream.range(0, n).mapToDouble(row -> values[2 * row + place]).average().orElseThrow();
                double variance = IntStream.range(0, n).mapToDouble(row -> Math.pow(values[2 * row + place] - mean, 2)).average()
                        .orElseThrow();
                assertEquals(MEAN[i], mean, 0.02);
                assertEquals(1 / PRECISION[i], variance, 0.12 / PRECISION[i]);
            }
        }
    }

    /**
     * Fisher's identity: the error's gradient, in the mean of codes from the posterior, is that of the likelihood. Of x = s z + σ ξ it is -log p(x) =
     * ½ log v + x²/2v, v = s² + σ², by s: s/v - s x²/v².
     */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 2})
    void theErrorsGradientIsThatOfTheLikelihood(double s) {
        int n = 16_384;
        double v = s * s + SIGMA * SIGMA, x = 1.25;
        Expr scale = variable("s", constant(s));
        LatentModel model = new LatentModel(Energy.gaussian(1), z -> z.mul(scale), SIGMA);
        double size = 0.02 / (1 + s * s / (SIGMA * SIGMA));   // of the chain's steps, by the posterior's width
        Expr data = constant(x, n, 1);
        Expr z = new Langevin(300, size, Math.sqrt(2 * size)).from(model.posterior(data), normal(n, 1));
        Expr slope = Gradient.gradient(model.error(data, z).mean().mul(0.5 / (SIGMA * SIGMA)), scale);
        try (Store store = new Store(Devices.cpu(2), 1); Program program = Program.compile(store, slope)) {
            program.run();
            assertEquals(s / v - s * x * x / (v * v), program.scalar(slope), 0.03);
        }
    }

    /** Of images, too, one number each. */
    @Test
    void theErrorOfImages() {
        LatentModel model = new LatentModel(Energy.gaussian(1), z -> z.reshape(2, 1, 2, 1).mul(2), 1);
        assertArrayEquals(new double[]{1 + 9, 25 + 49},
                Eval.eval(model.error(array(0, 0, 1, 1).add(1).reshape(2, 1, 2, 1), array(new double[][]{{0, 2}, {3.5, 4.5}})))
                        .values());
        LatentModel ofNumbers = new LatentModel(Energy.gaussian(1), z -> z.sum(-1), 1);
        assertArrayEquals(new double[]{4, 0},
                Eval.eval(ofNumbers.error(array(3, 7), array(new double[][]{{0, 1}, {3, 4}}))).values());
    }

    @Test
    void whatMakesNoSense() {
        for (double sigma : new double[]{0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertEquals("latent model: the deviation is " + sigma + ", and must be positive",
                    assertThrows(IllegalArgumentException.class, () -> new LatentModel(Energy.gaussian(1), z -> z, sigma))
                            .getMessage());
        }
        Energy posterior = linear(DType.FLOAT32).posterior(normal(8, 4));
        String message = assertThrows(IllegalArgumentException.class, () -> posterior.at(normal(8, 2))).getMessage();
        assertTrue(message.startsWith("latent model: codes [8, 2] are decoded to [8, 3], and the data are [8, 4] (at "), message);
        LatentModel keepsAnAxis = new LatentModel(z -> square(z).sum(-1).expandDims(-1), z -> z, 1);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> keepsAnAxis.posterior(normal(8, 2)).at(normal(8, 2)))
                .getMessage().startsWith("energy: maps samples [8, 2] to [8, 1]"));
    }
}
