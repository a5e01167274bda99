package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.zeros;
import static dev.joule.autodiff.Eval.eval;
import static dev.joule.autodiff.Noise.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.joule.autodiff.nn.Conv2d;
import dev.joule.autodiff.nn.ConvTranspose2d;
import dev.joule.autodiff.nn.Initialiser;
import dev.joule.core.DType;
import dev.joule.core.Shape;

/** Convolutions against their definition, as sums over pixels. */
@ExtendWith(NoBufferLeft.class)
class ConvolutionsTest {
    private static final int N = 2, IN = 2, OUT = 3;

    private final Random random = new Random(3);

    private double[] numbers(int count) {
        return random.doubles(count, -1, 1).toArray();
    }

    @ParameterizedTest
    @CsvSource({"5, 6, 3, 1, 1", "5, 6, 3, 2, 1", "6, 4, 4, 2, 1", "4, 5, 1, 1, 0", "7, 5, 2, 3, 0", "3, 3, 3, 1, 2"})
    void sumOverTheWindow(int h, int w, int kernel, int stride, int padding) {
        double[] x = numbers(N * h * w * IN), weights = numbers(kernel * kernel * IN * OUT), biases = numbers(OUT);
        int rows = (h + 2 * padding - kernel) / stride + 1, columns = (w + 2 * padding - kernel) / stride + 1, at = 0;
        double[] expected = new double[N * rows * columns * OUT];
        for (int n = 0; n < N; n++) {
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    for (int out = 0; out < OUT; out++, at++) {
                        expected[at] = biases[out];
                        for (int i = 0; i < kernel; i++) {
                            for (int j = 0; j < kernel; j++) {
                                int y = row * stride + i - padding, z = column * stride + j - padding;
                                for (int in = 0; in < IN && y >= 0 && y < h && z >= 0 && z < w; in++) {
                                    expected[at] += x[((n * h + y) * w + z) * IN + in]
                                            * weights[((i * kernel + j) * IN + in) * OUT + out];
                                }
                            }
                        }
                    }
                }
            }
        }
        Conv2d conv = new Conv2d(array(DType.FLOAT64, Shape.of(kernel, kernel, IN, OUT), weights),
                array(DType.FLOAT64, Shape.of(OUT), biases), stride, padding);
        Eval.Values result = eval(conv.at(array(DType.FLOAT64, Shape.of(N, h, w, IN), x)));
        assertArrayEquals(expected, result.values(), 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"4, 3, 1, 1", "3, 3, 2, 1", "3, 4, 2, 1", "4, 2, 3, 0", "1, 4, 1, 0", "2, 40, 1, 3"})
    void adjoint(int size, int kernel, int stride, int padding) {
        Expr weights = normal(kernel, kernel, IN, OUT);
        ConvTranspose2d back = new ConvTranspose2d(weights.permute(3, 0, 1, 2), zeros(Shape.of(IN)), stride, padding);
        Expr y = normal(N, size, size, OUT), painted = back.at(y), x = normal(painted.shape());
        assertEquals((size - 1) * stride + kernel - 2 * padding, painted.size(1));
        Expr seen = new Conv2d(weights, zeros(Shape.of(OUT)), stride, padding).at(x);
        Expr difference = seen.mul(y).sum().sub(x.mul(painted).sum());
        assertEquals(0, eval(Functions.abs(difference).div(seen.mul(y).pow(2).sum().pow(0.5))).scalar(), 2e-5);
    }

    @Test
    void leadingAxesAreBatchAxes() {
        Conv2d conv = Conv2d.of("conv", 1, 4, 3, 2, 1, Initialiser.PYTORCH);
        ConvTranspose2d back = ConvTranspose2d.of("back", 4, 1, 4, 2, 1, Initialiser.PYTORCH);
        assertEquals(Shape.of(14, 14, 4), conv.at(zeros(Shape.of(28, 28, 1))).shape());
        assertEquals(Shape.of(3, 2, 28, 28, 1), back.at(conv.at(zeros(Shape.of(3, 2, 28, 28, 1)))).shape());
        Expr none = back.at(conv.at(zeros(Shape.of(0, 28, 28, 1))));
        assertEquals(Shape.of(0, 28, 28, 1), none.shape());
        assertEquals(0, eval(none).values().length);
    }

    @Test
    void firstValues() {
        double most = 1 / Math.sqrt(9 * 8);
        Conv2d conv = Conv2d.of("conv", 8, 16, 3, 1, 1, Initialiser.PYTORCH);
        assertEquals(most, eval(Functions.abs(((Op.Variable) conv.weights().op()).slot().initial()).max()).scalar(), 0.01 * most);
        ConvTranspose2d back = ConvTranspose2d.of("back", 16, 8, 3, 1, 1, Initialiser.PYTORCH);
        assertEquals(most, eval(Functions.abs(((Op.Variable) back.weights().op()).slot().initial()).max()).scalar(), 0.01 * most);
    }
}
