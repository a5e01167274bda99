package dev.joule.ed;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Functions.clamp;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Noise.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.ed.data.Gaussians25;
import dev.joule.ed.loss.ContrastiveDivergence;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.ed.loss.Perturbation;
import dev.joule.ed.loss.ScoreMatching;
import dev.joule.ed.metric.LogDensityError;
import dev.joule.ed.sampler.Langevin;

/** What has a wrong shape, or makes no sense, is refused where it is given. */
class ShapesTest {
    private static final Energy KEEPS_AN_AXIS = x -> square(x).sum(-1).expandDims(-1);

    static Stream<Loss> losses() {
        return Stream.of(new EnergyDiscrepancy(1, 4, 1), new ScoreMatching(), ContrastiveDivergence.notebook(),
                (energy, _) -> new LogDensityError(8).of(energy, new Gaussians25()),
                (energy, x) -> new Langevin(2, 0.1, 0.1).from(energy, x));
    }

    /** [n] + [n, 1] would broadcast to [n, n], and the loss be another. */
    @ParameterizedTest
    @MethodSource("losses")
    void anEnergyThatKeepsAnAxisIsRefused(Loss loss) {
        String message = assertThrows(IllegalArgumentException.class, () -> loss.of(KEEPS_AN_AXIS, normal(8, 2))).getMessage();
        assertTrue(message.startsWith("energy: maps samples [8, 2] to [8, 1], and must map [*, d] to [*] (at Energy.java:"),
                message);
    }

    @Test
    void theLineThatCalledALossIsNamed() {
        Mlp net = Mlp.of(Functions::softplus, 3, 8, 1);
        String message = assertThrows(IllegalArgumentException.class,
                () -> new EnergyDiscrepancy(1, 4, 1).of(Energy.of(net), normal(8, 2))).getMessage();
        assertTrue(message.matches(
                "matmul: inner sizes differ: \\[8, 2] x \\[3, 8] \\(at Energy.java:\\d+, called at ShapesTest.java:\\d+\\)"),
                message);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new EnergyDiscrepancy(1, 4, 1).of(KEEPS_AN_AXIS, normal(8)))
                .getMessage()
                .startsWith("energy discrepancy: takes samples of shape [n, d], not [8] (at EnergyDiscrepancy.java:"));
    }

    /** |x|²/2σ², and a sum of two, of which each is checked. */
    @Test
    void energiesOfTwoParts() {
        Expr x = array(new double[][]{{1, 2}, {0, 3}});
        assertArrayEquals(new double[]{5 / 8.0 + 3, 9 / 8.0 + 3},
                Eval.eval(Energy.gaussian(4).add(y -> y.sum(-1)).at(x)).values());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Energy.gaussian(1).add(KEEPS_AN_AXIS).at(x)).getMessage()
                .startsWith("energy: one part maps samples [2, 2] to [2], the other to [2, 1] (at Energy.java:"));
    }

    /** Images may stay images: a loss is that of their pixels in one row. */
    @Test
    void energiesOfImages() {
        Energy rows = x -> square(x).sum(-1).add(x.sum(-1)), images = x -> square(x).add(x).sum(-3, -2, -1);
        Expr flat = array(IntStream.range(0, 24).mapToDouble(Math::sin).toArray()).reshape(2, 12), x = flat.reshape(2, 2, 3, 2);
        for (Loss loss : List.of(new EnergyDiscrepancy(1, 3, 1), ContrastiveDivergence.notebook())) {
            assertEquals(Eval.eval(loss.of(rows, flat)).scalar(), Eval.eval(loss.of(images, x)).scalar(), 1e-5);
        }
        Energy mixes = y -> square(y).reshape(y.size(0), -1).sum(-1);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new EnergyDiscrepancy(1, 3, 1).of(mixes, x)).getMessage()
                .startsWith("energy: maps samples [2, 3, 2, 3, 2] to [2], and must map them to [2, 3] (at Energy.java:"));
    }

    @Test
    void whatIsDoneAfterEachStepOfAChain() {
        Expr ends = new Langevin(5, 0.5, 1).from(Energy.gaussian(1), normal(64, 3), y -> clamp(y, 0, 0.25));
        double[] values = Eval.eval(ends).values();
        assertEquals(0, Arrays.stream(values).min().orElseThrow());
        assertEquals(0.25, Arrays.stream(values).max().orElseThrow());
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> new Langevin(1, 0.5, 0).from(Energy.gaussian(1), normal(8, 3), y -> y.sum(-1))).getMessage()
                .startsWith("langevin: what is done after each step makes [8] of samples [8, 3] (at Langevin.java:"));
    }

    @Test
    void numbersThatMakeNoSense() {
        assertEquals("log-density error: 0 samples, and at least 1 is needed",
                assertThrows(IllegalArgumentException.class, () -> new LogDensityError(0)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Perturbation.Flips(1.5));
        assertEquals("gaussian energy: the variance is -1.0, and must be positive",
                assertThrows(IllegalArgumentException.class, () -> Energy.gaussian(-1)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Langevin(-1, 0.1, 0.1));
        assertThrows(IllegalArgumentException.class, () -> new Langevin(1, 0, 0.1));
        assertThrows(IllegalArgumentException.class, () -> new Langevin(1, 0.1, Double.NaN));
    }
}
