package dev.joule.ed.data;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Functions.logSumExp;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Noise.normal;
import static dev.joule.autodiff.Noise.randint;

import dev.joule.autodiff.Expr;
import dev.joule.core.DType;
import dev.joule.core.Shape;

/** The paper's mixture of 25 Gaussians in the plane: centres {-4, -2, 0, 2, 4}², standard deviation .2, all divided by 1.414. */
public record Gaussians25() implements Distribution {
    private static final int MODES = 25;
    private static final double SCALE = 1 / 1.414, DEVIATION = 0.2 * SCALE;

    private static Expr centres(DType dtype) {
        double[] centres = new double[2 * MODES];
        for (int i = 0; i < MODES; i++) {
            centres[2 * i] = 2 * (i / 5 - 2) * SCALE;
            centres[2 * i + 1] = 2 * (i % 5 - 2) * SCALE;
        }
        return array(dtype, Shape.of(MODES, 2), centres);
    }

    @Override
    public int dimension() {
        return 2;
    }

    @Override
    public Expr sample(int n) {
        return centres(DType.FLOAT32).rows(randint(MODES, n)).add(normal(n, 2).mul(DEVIATION));
    }

    /** log of 1/25 Σ_k exp(-|x - c_k|²/2σ²) / 2πσ². */
    @Override
    public Expr logDensity(Expr x) {
        double variance = DEVIATION * DEVIATION;
        Expr distance = square(x.expandDims(-2).sub(centres(x.dtype()))).sum(-1);   // [*, 25]
        return logSumExp(distance.mul(-0.5 / variance), -1).sub(Math.log(MODES * 2 * Math.PI * variance));
    }

    @Override
    public double extent() {
        return 4;
    }
}
