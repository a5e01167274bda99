package dev.joule.autodiff.nn;

import static dev.joule.autodiff.Constants.zeros;
import static dev.joule.autodiff.Noise.normal;
import static dev.joule.autodiff.Noise.uniform;

import dev.joule.autodiff.Expr;
import dev.joule.core.Shape;

/** The first values of a layer's weights [in, out] and biases [out], as expressions of its fan-in and fan-out. */
public enum Initialiser {
    /** Normal of variance 2/in (He et al. 2015), zero biases: for ReLU. */
    HE {
        @Override
        public Expr weights(int in, int out) {
            return normal(in, out).mul(Math.sqrt(2.0 / in));
        }
    },
    /** Uniform of variance 2/(in + out) (Glorot and Bengio 2010), zero biases: for tanh and sigmoid. */
    XAVIER {
        @Override
        public Expr weights(int in, int out) {
            return symmetric(Math.sqrt(6.0 / (in + out)), in, out);
        }
    },
    /** Uniform on ±1/√in, zero biases. */
    FAN_IN {
        @Override
        public Expr weights(int in, int out) {
            return symmetric(1 / Math.sqrt(in), in, out);
        }
    },
    /** Uniform on ±1/√in for weights and biases: PyTorch's {@code nn.Linear}. */
    PYTORCH {
        @Override
        public Expr weights(int in, int out) {
            return symmetric(1 / Math.sqrt(in), in, out);
        }

        @Override
        public Expr biases(int in, int out) {
            return symmetric(in == 0 ? 0 : 1 / Math.sqrt(in), out);
        }
    };

    public abstract Expr weights(int in, int out);

    public Expr biases(int in, int out) {
        return zeros(Shape.of(out));
    }

    /** Uniform on [-bound, bound). */
    private static Expr symmetric(double bound, int... sizes) {
        return uniform(sizes).mul(2 * bound).sub(bound);
    }
}
