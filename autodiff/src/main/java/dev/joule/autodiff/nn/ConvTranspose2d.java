package dev.joule.autodiff.nn;

import static dev.joule.autodiff.Constants.variable;

import java.util.List;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Origin;
import dev.joule.core.Shape;

/**
 * The adjoint of a {@link Conv2d}, as decoders have it: each pixel paints a window of kernel² pixels, and windows are added up where they overlap.
 *
 * @param weights [in, kernel, kernel, out]
 * @param biases  [out]
 * @param stride  from one window to the next, in pixels of the result
 * @param padding how many pixels are cut off on each side
 */
public record ConvTranspose2d(Expr weights, Expr biases, int stride, int padding) implements Layer {
    public ConvTranspose2d {
        ConvolutionCheck.layer("ConvTranspose2d", "[in, kernel, kernel, out]", 1, weights, biases, stride, padding);
    }

    /**
     * The fan-in of first values is that of the convolution which this is the adjoint of, kernel² out, as in PyTorch.
     * @param name the prefix of the variables' names: {@code name.weights}, {@code name.biases}
     */
    public static ConvTranspose2d of(String name, int in, int out, int kernel, int stride, int padding, Initialiser initialiser) {
        int fanIn = ConvolutionCheck.fanIn("ConvTranspose2d", kernel, out);
        return new ConvTranspose2d(
                variable(name + ".weights", initialiser.weights(fanIn, in).transpose().reshape(in, kernel, kernel, out)),
                variable(name + ".biases", initialiser.biases(fanIn, out)), stride, padding);
    }

    /** [*, h, w, in] to [*, h', w', out], where h' is (h - 1) stride + kernel - 2 padding, and w' alike. */
    @Override
    public Expr at(Expr x) {
        int in = weights.size(0), kernel = weights.size(1), out = weights.size(3);
        if (x.rank() < 3 || x.size(-1) != in || x.size(-3) == 0 || x.size(-2) == 0
                || (Math.min(x.size(-3), x.size(-2)) - 1L) * stride + kernel <= 2L * padding) {
            throw Origin.error("ConvTranspose2d: takes images [*, h, w, " + in + "] of which a padding of " + padding
                    + " leaves something, not " + x.shape());
        }
        Expr windows = x.matmul(weights.reshape(in, kernel * kernel * out))
                .reshape(x.shape().slice(0, x.rank() - 1).concat(Shape.of(kernel, kernel, out)))
                .transpose(-4, -3);   // [*, h, kernel, w, kernel, out]
        Expr whole = windows.fold(-3, stride).fold(-4, stride);
        return whole.slice(-3, padding, whole.size(-3) - padding).slice(-2, padding, whole.size(-2) - padding).add(biases);
    }

    @Override
    public List<Expr> parameters() {
        return List.of(weights, biases);
    }
}
