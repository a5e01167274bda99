package dev.joule.autodiff.nn;

import static dev.joule.autodiff.Constants.variable;

import java.util.List;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Origin;
import dev.joule.core.Shape;

/**
 * A convolution of images whose channels are the last axis: a pixel's window of kernel² pixels, with zeros around the image, by the weights.
 *
 * @param weights [kernel, kernel, in, out]
 * @param biases  [out]
 * @param stride  from one window to the next, in pixels
 * @param padding how many zeros are on each side of the image
 */
public record Conv2d(Expr weights, Expr biases, int stride, int padding) implements Layer {
    public Conv2d {
        ConvolutionCheck.layer("Conv2d", "[kernel, kernel, in, out]", 0, weights, biases, stride, padding);
    }

    /** @param name the prefix of the variables' names: {@code name.weights}, {@code name.biases} */
    public static Conv2d of(String name, int in, int out, int kernel, int stride, int padding, Initialiser initialiser) {
        int fanIn = ConvolutionCheck.fanIn("Conv2d", kernel, in);
        return new Conv2d(variable(name + ".weights", initialiser.weights(fanIn, out).reshape(kernel, kernel, in, out)),
                variable(name + ".biases", initialiser.biases(fanIn, out)), stride, padding);
    }

    /** [*, h, w, in] to [*, h', w', out], where h' is (h + 2 padding - kernel) / stride + 1, rounded down, and w' alike. */
    @Override
    public Expr at(Expr x) {
        int kernel = weights.size(0), in = weights.size(2), out = weights.size(3);
        if (x.rank() < 3 || x.size(-1) != in || Math.min(x.size(-3), x.size(-2)) + 2L * padding < kernel) {
            throw Origin.error("Conv2d: takes images [*, h, w, " + in + "] of at least " + Math.max(1, kernel - 2L * padding)
                    + " pixels a side, not " + x.shape());
        }
        Expr windows = x.pad(-3, padding, padding).pad(-2, padding, padding)
                .unfold(-3, kernel, stride).unfold(-2, kernel, stride)   // [*, h', kernel, w', kernel, in]
                .transpose(-4, -3);
        Shape pixels = windows.shape().slice(0, windows.rank() - 3);
        return windows.reshape(pixels.concat(Shape.of(kernel * kernel * in)))
                .matmul(weights.reshape(kernel * kernel * in, out)).add(biases);
    }

    @Override
    public List<Expr> parameters() {
        return List.of(weights, biases);
    }
}
