package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.core.DType.FLOAT64;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.Shape;

/**
 * Checks the derivatives of a function in float64 along one random direction v, to second order, against central finite differences:
 * with φ(s) = Σ c · f(x + s v) for fixed random c, the gradient gives φ'(0) = ∇φ · v, the Hessian-vector product φ''(0) = v · Hv, and
 * jvp the derivative of f itself.
 */
final class DerivativeCheck {
    private static final double STEP = 1e-3;

    private final String name;
    private final UnaryOperator<Expr> f;
    private final Device device = Devices.reference();

    DerivativeCheck(String name, UnaryOperator<Expr> f) {
        this.name = name;
        this.f = f;
    }

    /** Inputs of the given shape, uniform on [low, high], away from kinks of the function if it has any. */
    void at(long seed, double low, double high, int... sizes) {
        Random random = new Random(new SplittableRandom(seed).nextLong());
        Shape shape = Shape.of(sizes);
        int n = (int) shape.count();
        double[] at = random.doubles(n, low, high).toArray();
        double[] along = random.doubles(n, -1, 1).toArray();
        Expr x = variable("x", array(FLOAT64, shape, at));
        Expr v = array(FLOAT64, shape, along);
        Expr y = f.apply(x);
        Expr weights = array(FLOAT64, y.shape(), random.doubles(y.shape().count(), -1, 1).toArray());
        Expr phi = y.mul(weights).sum();
        Expr slope = Gradient.gradient(phi, x).mul(v).sum();                       // ∇φ · v
        Expr curvature = Gradient.gradient(slope, x).mul(v).sum();                 // v · Hv: reverse over reverse
        Expr forward = Tangent.jvp(y, x, v);                                       // ∂f along v
        Expr forwardSlope = forward.mul(weights).sum();
        Expr forwardCurvature = Tangent.jvp(slope, x, v);                          // v · Hv: forward over reverse
        Expr reverseOfForward = Gradient.gradient(forwardSlope, x).mul(v).sum();   // v · Hv: reverse over forward

        try (Store store = new Store(device, seed);
                Program program = Program.compile(store, phi, slope, curvature, forwardSlope, forwardCurvature,
                        reverseOfForward)) {
            Function<Double, Double> phiAt = s -> {
                double[] moved = new double[n];
                for (int i = 0; i < n; i++) {
                    moved[i] = at[i] + s * along[i];
                }
                store.set(x, moved);
                program.rewind(0);   // the same noise
                program.run();
                return program.scalar(phi);
            };
            double h = STEP;
            double p1 = phiAt.apply(h), m1 = phiAt.apply(-h), p2 = phiAt.apply(2 * h), m2 = phiAt.apply(-2 * h),
                    zero = phiAt.apply(0.0);   // the last: the derivatives at 0 stay
            double first = (8 * (p1 - m1) - (p2 - m2)) / (12 * h);
            double second = (16 * (p1 + m1) - (p2 + m2) - 30 * zero) / (12 * h * h);
            expect("gradient", seed, first, program.scalar(slope), 1e-7);
            expect("jvp", seed, first, program.scalar(forwardSlope), 1e-7);
            expect("Hessian-vector product (reverse over reverse)", seed, second, program.scalar(curvature), 2e-5);
            expect("Hessian-vector product (forward over reverse)", seed, second, program.scalar(forwardCurvature), 2e-5);
            expect("Hessian-vector product (reverse over forward)", seed, second, program.scalar(reverseOfForward), 2e-5);
        }
    }

    /** The forward Laplacian of Σ_j c_j f_j of each sample against the sum of second derivatives by reverse mode, and its own gradient. */
    void laplacian(long seed, double low, double high, int samples, int d) {
        Random random = new Random(new SplittableRandom(seed).nextLong());
        Shape shape = Shape.of(samples, d);
        Expr x = variable("x", array(FLOAT64, shape, random.doubles(shape.count(), low, high).toArray()));
        Expr y = f.apply(x);
        Expr energy = y.rank() == 1 ? y
                : y.mul(array(FLOAT64, Shape.of(y.size(-1)), random.doubles(y.size(-1), -1, 1).toArray())).sum(-1);
        Tangent.Laplacian forward = Tangent.laplacian(energy, x);
        Expr gradient = Gradient.gradient(energy.sum(), x);
        Expr trace = null;
        for (int i = 0; i < d; i++) {
            Expr diagonal = Gradient.gradient(gradient.at(1, i).sum(), x).at(1, i);
            trace = trace == null ? diagonal : trace.add(diagonal);
        }
        Expr slopeForward = Gradient.gradient(forward.laplacian().sum(), x), slopeReverse = Gradient.gradient(trace.sum(), x);
        try (Store store = new Store(device, seed);
                Program program = Program.compile(store, forward.laplacian(), forward.gradient(), gradient, trace, slopeForward,
                        slopeReverse)) {
            program.run();
            same("laplacian", seed, program.values(trace), program.values(forward.laplacian()));
            same("gradient of the forward pass", seed, program.values(gradient), program.values(forward.gradient()));
            same("gradient of the laplacian", seed, program.values(slopeReverse), program.values(slopeForward));
        }
    }

    private void same(String what, long seed, double[] expected, double[] received) {
        for (int i = 0; i < expected.length; i++) {
            expect(what + "[" + i + "]", seed, expected[i], received[i], 1e-9);
        }
    }

    private void expect(String what, long seed, double expected, double received, double tolerance) {
        if (!(Math.abs(expected - received) <= tolerance * (1 + Math.abs(expected)))) {
            fail("%s of %s with seed %d: expected %.12g, received %.12g".formatted(what, name, seed, expected, received));
        }
    }

    /** For lists of cases. */
    record Case(String name, UnaryOperator<Expr> f, double low, double high, List<Integer> sizes) {
        void run(long seed) {
            new DerivativeCheck(name, f).at(seed, low, high, sizes.stream().mapToInt(Integer::intValue).toArray());
        }
    }
}
