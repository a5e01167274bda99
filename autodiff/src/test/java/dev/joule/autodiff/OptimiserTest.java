package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.core.DType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import dev.joule.autodiff.optim.Adam;
import dev.joule.autodiff.optim.Clip;
import dev.joule.autodiff.optim.Ema;
import dev.joule.autodiff.optim.Optimiser;
import dev.joule.autodiff.optim.Schedule;
import dev.joule.autodiff.optim.Sgd;
import dev.joule.core.Devices;
import dev.joule.core.Shape;

/** Optimisers against the same formulas in plain Java, on the loss Σ c θ² / 2. */
@ExtendWith(NoBufferLeft.class)
class OptimiserTest {
    private static final double[] START = {1, -2, 0.5}, CURVE = {1, 0.5, 3};
    private static final int STEPS = 20;

    private interface Plain {
        /** Changes theta given its gradient; t counts from 1. */
        void step(double[] theta, double[] g, int t);
    }

    private static void check(Optimiser optimiser, Plain plain) {
        Expr theta = variable("theta", array(FLOAT64, Shape.of(3), START));
        Expr loss = theta.mul(theta).mul(array(FLOAT64, Shape.of(3), CURVE)).sum().mul(0.5);
        Ema ema = new Ema(0.9, List.of(theta));
        double[] expected = START.clone(), average = START.clone();
        try (Store store = new Store(Devices.reference(), 0);
                Program program = Program.compile(store, List.of(loss), ema.follow(optimiser.minimise(loss, List.of(theta))))) {
            for (int t = 1; t <= STEPS; t++) {
                double[] g = new double[3];
                for (int i = 0; i < 3; i++) {
                    g[i] = CURVE[i] * expected[i];
                }
                plain.step(expected, g, t);
                for (int i = 0; i < 3; i++) {
                    average[i] = 0.9 * average[i] + 0.1 * expected[i];
                }
                program.run();
                assertArrayEquals(expected, store.get(theta), 1e-12, "step " + t);
                assertArrayEquals(average, store.get(ema.averages().get(theta)), 1e-12, "average at step " + t);
            }
            Expr averaged = ema.average(loss);
            try (Program program2 = Program.compile(store, averaged)) {
                program2.run();
                double sum = 0;
                for (int i = 0; i < 3; i++) {
                    sum += CURVE[i] * average[i] * average[i] / 2;
                }
                assertEquals(sum, program2.scalar(averaged), 1e-12);
            }
        }
    }

    @Test
    void sgd() {
        double[] v = new double[3];
        check(new Sgd(Schedule.constantly(0.1), 0.5), (theta, g, _) -> {
            for (int i = 0; i < 3; i++) {
                v[i] = 0.5 * v[i] + g[i];
                theta[i] -= 0.1 * v[i];
            }
        });
    }

    private static Plain adam(double b1, double b2, double decay, java.util.function.IntToDoubleFunction rate) {
        double[] m = new double[3], v = new double[3];
        return (theta, g, t) -> {
            for (int i = 0; i < 3; i++) {
                m[i] = b1 * m[i] + (1 - b1) * g[i];
                v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
                double lr = rate.applyAsDouble(t - 1);
                theta[i] = theta[i] * (1 - lr * decay)
                        - lr * (m[i] / (1 - Math.pow(b1, t))) / (Math.sqrt(v[i] / (1 - Math.pow(b2, t))) + 1e-8);
            }
        };
    }

    @Test
    void adamAsInThePaper() {
        check(Adam.of(0.05), adam(0.9, 0.999, 0, _ -> 0.05));
    }

    @Test
    void adamW() {
        check(Adam.of(0.05).withBetas(0.5, 0.99).withWeightDecay(0.1), adam(0.5, 0.99, 0.1, _ -> 0.05));
    }

    @Test
    void schedules() {
        check(Adam.of(Schedule.cosine(0.1, 10)),
                adam(0.9, 0.999, 0, s -> 0.05 * (1 + Math.cos(Math.PI * Math.min(1, s / 10.0)))));
        check(Adam.of(Schedule.stepwise(0.1, 0.5, 4)),
                adam(0.9, 0.999, 0, s -> 0.1 * Math.pow(0.5, s / 4)));
        check(Sgd.of(Schedule.cosine(0.1, 10)), (theta, g, t) -> {
            for (int i = 0; i < 3; i++) {
                theta[i] -= 0.05 * (1 + Math.cos(Math.PI * Math.min(1, (t - 1) / 10.0))) * g[i];
            }
        });
        check(Adam.of(Schedule.constantly(0.1).warmup(5)),
                adam(0.9, 0.999, 0, s -> 0.1 * Math.min(1, (s + 1) / 5.0)));
    }

    @Test
    void clip() {
        check(new Clip(Sgd.of(0.1), 0.7), (theta, g, _) -> {
            double norm = Math.sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2]);
            for (int i = 0; i < 3; i++) {
                theta[i] -= 0.1 * g[i] * Math.min(1, 0.7 / norm);
            }
        });
    }

    /** The norm is that of all gradients together. */
    @Test
    void clipOfSeveralParameters() {
        Expr a = variable("a", array(FLOAT64, Shape.of(2), 3, 0)), b = variable("b", array(FLOAT64, Shape.of(2), 0, 4));
        Expr loss = a.mul(a).sum().add(b.mul(b).sum()).mul(0.5);   // its gradient's norm is 5
        try (Store store = new Store(Devices.reference(), 0);
                Program program = Program.compile(store, List.of(),
                        new Clip(Sgd.of(1), 2.5).minimise(loss, List.of(a, b)))) {
            program.run();
            assertArrayEquals(new double[]{1.5, 0}, store.get(a), 1e-12);
            assertArrayEquals(new double[]{0, 2}, store.get(b), 1e-12);
        }
    }

    @Test
    void nonsenseIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Adam.of(0));
        assertThrows(IllegalArgumentException.class, () -> Adam.of(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> Adam.of(1).withBetas(1, 0.9));
        assertThrows(IllegalArgumentException.class, () -> Adam.of(1).withBetas(0.9, 1));
        assertThrows(IllegalArgumentException.class, () -> Adam.of(1).withBetas(-0.1, 0.9));
        assertThrows(IllegalArgumentException.class, () -> new Sgd(Schedule.constantly(0.1), -0.5));
        assertThrows(IllegalArgumentException.class, () -> new Ema(-0.1, List.of()));
        assertThrows(IllegalArgumentException.class, () -> Schedule.stepwise(0, 0.5, 4));
        assertThrows(IllegalArgumentException.class, () -> new Adam(Schedule.constantly(1), 0.9, 0.999, -1, 0));
        assertThrows(IllegalArgumentException.class, () -> Adam.of(1).withWeightDecay(-1));
        assertThrows(IllegalArgumentException.class, () -> new Sgd(Schedule.constantly(1), 1));
        assertThrows(IllegalArgumentException.class, () -> new Ema(1, List.of()));
        assertThrows(IllegalArgumentException.class, () -> new Ema(0.9, List.of()).follow(List.of()));
        assertThrows(IllegalArgumentException.class, () -> new Clip(Sgd.of(1), 0));
        assertThrows(IllegalArgumentException.class, () -> new Clip(Sgd.of(1), Double.POSITIVE_INFINITY));
        assertThrows(IllegalArgumentException.class, () -> Adam.of(Double.POSITIVE_INFINITY));
        assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(0.1, 0));
        assertThrows(IllegalArgumentException.class, () -> Schedule.cosine(Double.NaN, 10));
        assertThrows(IllegalArgumentException.class, () -> Schedule.stepwise(0.1, 0.5, 0));
        assertThrows(IllegalArgumentException.class, () -> Schedule.stepwise(0.1, -1, 10));
        assertThrows(IllegalArgumentException.class, () -> Schedule.constantly(0.1).warmup(-1));
    }

    @Test
    void mathNeedsNoFloat64Beyond() {
        assertEquals(dev.joule.core.DType.FLOAT32,
                Adam.of(1).updates(List.of(variable("w", constant(1, 2))), List.of(constant(0, 2))).get(1).value().dtype());
    }
}
