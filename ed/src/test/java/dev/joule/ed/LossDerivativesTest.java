package dev.joule.ed;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.core.DType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Gradient;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Tangent;
import dev.joule.core.Devices;
import dev.joule.core.Shape;
import dev.joule.ed.loss.ContrastiveDivergence;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.ed.loss.ScoreMatching;
import dev.joule.ed.metric.LogDensityError;
import dev.joule.ed.data.Gaussians25;
import dev.joule.ed.sampler.Langevin;

/** Every loss by the parameters of a small network in float64, to second order, against finite differences along random directions. */
@ExtendWith(NoBufferLeft.class)
class LossDerivativesTest {
    private static final int HIDDEN = 5, PARAMETERS = 2 * HIDDEN + HIDDEN + HIDDEN;
    private static final double STEP = 1e-3;

    @TestFactory
    Stream<DynamicTest> secondOrder() {
        // the chain of CD is not differentiated: with no steps it starts, and ends, at the data
        List<Loss> losses = List.of(new EnergyDiscrepancy(1, 4, 1), new EnergyDiscrepancy(0.3, 2, 0), new ScoreMatching(),
                new ContrastiveDivergence(new Langevin(0, 0.1, 0.1), 0.3),
                (energy, _) -> new LogDensityError(20).of(energy, new Gaussians25()),
                (energy, x) -> Functions.softplus(energy.at(x)).mean());
        return losses.stream().map(loss -> DynamicTest.dynamicTest(loss.toString(), () -> check(loss)));
    }

    private static Energy network(Expr theta) {
        Expr w1 = theta.slice(0, 0, 2 * HIDDEN).reshape(2, HIDDEN), b1 = theta.slice(0, 2 * HIDDEN, 3 * HIDDEN);
        Expr w2 = theta.slice(0, 3 * HIDDEN, 4 * HIDDEN).reshape(HIDDEN, 1);
        return x -> Functions.softplus(x.matmul(w1).add(b1)).matmul(w2).squeeze(-1);
    }

    private static void check(Loss loss) {
        for (long seed = 0; seed < 3; seed++) {
            Random random = new Random(seed);
            double[] at = random.doubles(PARAMETERS, -1, 1).toArray(), along = random.doubles(PARAMETERS, -1, 1).toArray();
            Expr theta = variable("theta", array(FLOAT64, Shape.of(PARAMETERS), at)),
                    v = array(FLOAT64, Shape.of(PARAMETERS), along);
            Expr x = array(FLOAT64, Shape.of(6, 2), random.doubles(12, -1, 1).toArray());
            Expr value = loss.of(network(theta), x);
            Expr slope = Gradient.gradient(value, theta).mul(v).sum(), forward = Tangent.jvp(value, theta, v);
            Expr curvature = Gradient.gradient(slope, theta).mul(v).sum(), forwardCurvature = Tangent.jvp(slope, theta, v);
            try (Store store = new Store(Devices.reference(), seed);
                    Program program = Program.compile(store, value, slope, forward, curvature, forwardCurvature)) {
                double[] values = new double[5];
                for (int k : new int[]{-2, -1, 1, 2, 0}) {   // 0 last: the derivatives are those there
                    double[] moved = new double[PARAMETERS];
                    for (int i = 0; i < PARAMETERS; i++) {
                        moved[i] = at[i] + k * STEP * along[i];
                    }
                    store.set(theta, moved);
                    program.rewind(0);
                    program.run();
                    values[k + 2] = program.scalar(value);
                }
                double first = (8 * (values[3] - values[1]) - (values[4] - values[0])) / (12 * STEP);
                double second = (16 * (values[3] + values[1]) - (values[4] + values[0]) - 30 * values[2]) / (12 * STEP * STEP);
                String where = loss + " with seed " + seed;
                assertEquals(first, program.scalar(slope), 1e-6 * (1 + Math.abs(first)), "gradient of " + where);
                assertEquals(first, program.scalar(forward), 1e-6 * (1 + Math.abs(first)), "jvp of " + where);
                assertEquals(second, program.scalar(curvature), 1e-4 * (1 + Math.abs(second)),
                        "Hessian-vector product of " + where);
                assertEquals(second, program.scalar(forwardCurvature), 1e-4 * (1 + Math.abs(second)),
                        "forward Hessian-vector product of " + where);
            }
        }
    }
}
