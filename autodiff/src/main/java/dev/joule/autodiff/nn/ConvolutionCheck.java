package dev.joule.autodiff.nn;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Origin;
import dev.joule.core.Shape;

/** What a {@link Conv2d} and a {@link ConvTranspose2d} ask for. */
final class ConvolutionCheck {
    private ConvolutionCheck() {
    }

    /**
     * @param order  of the weights' axes
     * @param kernel the first of the two that are the window's; the last axis is the channels of the result
     */
    static void layer(String name, String order, int kernel, Expr weights, Expr biases, int stride, int padding) {
        if (weights.rank() != 4 || weights.size(kernel) != weights.size(kernel + 1) || weights.size(kernel) < 1
                || weights.shape().slice(kernel, kernel + 3).count() > Integer.MAX_VALUE
                || !biases.shape().equals(Shape.of(weights.size(3))) || stride < 1 || padding < 0) {
            throw Origin.error(
                    name + ": takes weights " + order + ", biases [out], a stride of at least 1 and a padding of at least 0, not "
                            + weights.shape() + ", " + biases.shape() + ", " + stride + " and " + padding);
        }
    }

    /** How many numbers a window has. */
    static int fanIn(String name, int kernel, int channels) {
        if (kernel < 1 || channels < 0 || (double) kernel * kernel * channels > Integer.MAX_VALUE) {
            throw Origin.error(name + ": no windows of " + kernel + " x " + kernel + " pixels of " + channels + " channels");
        }
        return kernel * kernel * channels;
    }
}
