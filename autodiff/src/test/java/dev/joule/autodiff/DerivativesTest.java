package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.range;
import static dev.joule.core.DType.FLOAT32;
import static dev.joule.core.DType.FLOAT64;
import static dev.joule.core.DType.INT32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

import dev.joule.autodiff.DerivativeCheck.Case;
import dev.joule.autodiff.nn.Conv2d;
import dev.joule.autodiff.nn.ConvTranspose2d;
import dev.joule.autodiff.nn.Initialiser;
import dev.joule.autodiff.nn.Linear;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.core.Shape;

/** Every operation and every layer, to second order. */
@ExtendWith(NoBufferLeft.class)
class DerivativesTest {
    private static final Expr WEIGHTS = values(3, 4, 5), SQUARE = values(4, 4, 4),
            INDEX = array(INT32, Shape.of(5), 2, 0, 2, 1, 2);

    private static Expr values(long seed, int... sizes) {
        Shape shape = Shape.of(sizes);
        return array(FLOAT64, shape,
                new Random(new SplittableRandom(seed).nextLong()).doubles(shape.count(), 0.2, 1.5).toArray());
    }

    private static Case of(String name, UnaryOperator<Expr> f, double low, double high, Integer... sizes) {
        return new Case(name, f, low, high, List.of(sizes));
    }

    private static List<Case> cases() {
        return List.of(
                of("add", x -> x.add(values(1, 3)).add(2), -1, 1, 2, 3), of("sub", x -> values(1, 3).sub(x), -1, 1, 2, 3),
                of("mul", x -> x.mul(values(1, 2, 1)).mul(x), -1, 1, 2, 3), of("div", x -> values(1, 3).div(x), 0.5, 2, 2, 3),
                of("div by itself", x -> x.div(x.mul(x).add(1)), 0.5, 2, 2, 3), of("pow", x -> x.pow(values(1, 3)), 0.5, 2, 2, 3),
                of("pow by itself", x -> x.pow(x), 0.5, 2, 2, 3),
                of("pow of a number", x -> constant(FLOAT64, 1.7).pow(x), -1, 1, 3),
                of("cube", x -> x.pow(3), -2, -0.5, 3), of("square", Functions::square, -1, 1, 3), of("neg", Expr::neg, -1, 1, 3),
                of("abs", Functions::abs, 0.1, 1, 3), of("abs of negatives", Functions::abs, -1, -0.1, 3),
                of("sign", x -> Functions.sign(x).mul(x), 0.1, 1, 3),
                of("exp", Functions::exp, -1, 1, 3), of("expm1", Functions::expm1, -1, 1, 3),
                of("log", Functions::log, 0.5, 2, 3),
                of("log1p", Functions::log1p, -0.5, 2, 3), of("sqrt", Functions::sqrt, 0.5, 2, 3),
                of("rsqrt", Functions::rsqrt, 0.5, 2, 3),
                of("reciprocal", Functions::reciprocal, 0.5, 2, 3), of("sin", Functions::sin, -3, 3, 3),
                of("cos", Functions::cos, -3, 3, 3),
                of("tanh", Functions::tanh, -2, 2, 3), of("sigmoid", Functions::sigmoid, -4, 4, 3),
                of("softplus", Functions::softplus, -4, 4, 3), of("saturation", Functions::saturation, -1, 3, 3),
                of("relu", x -> Functions.relu(x).mul(x), 0.1, 1, 3),
                of("leakyRelu", x -> Functions.leakyRelu(x, 0.2).mul(x), -1, -0.1, 3),
                of("elu", Functions::elu, -1, -0.1, 3), of("gelu", Functions::gelu, -2, 2, 3),
                of("silu", Functions::silu, -2, 2, 3),
                of("erf", Functions::erf, -2, 2, 3), of("floor", x -> Functions.floor(x).mul(x), 0.1, 0.9, 3),
                of("min", x -> Functions.min(x.mul(x), values(1, 3).add(3)), -1, 1, 2, 3),
                of("max", x -> Functions.max(x.mul(x), values(1, 3).sub(9)), -1, 1, 2, 3),
                of("clamp", x -> Functions.clamp(x.mul(x), -9, 9), -1, 1, 2, 3),
                of("where", x -> Functions.where(values(1, 2, 3).sub(0.8).greater(0), x.mul(x), x.pow(3)), -1, 1, 2, 3),
                of("comparisons",
                        x -> x.less(5).add(x.lessEqual(5)).add(x.greater(5)).add(x.greaterEqual(5)).add(x.equal(5))
                                .add(x.notEqual(5)).mul(x.mul(x)),
                        -1, 1, 3),
                of("sum", x -> x.mul(x).sum(0, 2), -1, 1, 2, 3, 2), of("mean", x -> x.mul(x).mean(-1), -1, 1, 2, 3),
                of("max over an axis", x -> x.mul(x).max(1), 0.1, 1, 2, 3),
                of("min over all", x -> x.mul(x).min(), 0.1, 1, 2, 3), of("prod", x -> x.prod(1), -1, 1, 2, 5),
                of("prod over all", x -> x.prod(), 0.5, 1.5, 3, 3), of("var", x -> x.var(1), -1, 1, 2, 4),
                of("logSumExp", x -> Functions.logSumExp(x, 1), -1, 1, 2, 4),
                of("softmax", x -> Functions.softmax(x, 1), -1, 1, 2, 4),
                of("logSoftmax", x -> Functions.logSoftmax(x, 0), -1, 1, 3, 2),
                of("matmul", x -> x.matmul(WEIGHTS), -1, 1, 3, 4),
                of("matmul on the right", x -> SQUARE.matmul(x.mul(x)), -1, 1, 4, 2),
                of("matmul, left transposed", x -> x.transpose().matmul(x), -1, 1, 4, 3),
                of("matmul, right transposed", x -> x.matmul(x.transpose()), -1, 1, 4, 3),
                of("matmul, batched", x -> x.matmul(x.transpose()).matmul(x), -1, 1, 2, 3, 2),
                of("matmul, broadcast", x -> x.matmul(x.at(0, 0).transpose()), -1, 1, 2, 3, 2),
                of("matmul, broadcast on the left", x -> x.at(0, 1).transpose().matmul(x), -1, 1, 2, 3, 2),
                of("reshape", x -> x.mul(x).reshape(3, -1).matmul(x.reshape(4, 3)), -1, 1, 2, 6),
                of("permute", x -> x.permute(2, 0, 1).mul(x.reshape(4, 2, 3)), -1, 1, 2, 3, 4),
                of("expandDims, squeeze", x -> x.expandDims(1).mul(x).squeeze(), -1, 1, 3, 1),
                of("broadcast", x -> x.broadcast(4, 2, 3).mul(x), -1, 1, 2, 3),
                of("slice", x -> x.slice(1, 1, 6, 2).mul(x.slice(1, 0, 3)), -1, 1, 2, 6),
                of("at", x -> x.at(1, -1).mul(x.at(0, 0).at(0, 1)), -1, 1, 3, 3),
                of("pad", x -> x.pad(0, 1, 2).mul(x.mul(x).pad(0, 2, 1)), -1, 1, 3, 2),
                of("flip", x -> x.flip(1).mul(x), -1, 1, 2, 3),
                of("unfold", x -> x.unfold(1, 3, 2).mul(x.mul(x).unfold(1, 3, 2)), -1, 1, 2, 8),
                of("fold", x -> x.fold(1, 2).mul(x.mul(x).fold(1, 2)), -1, 1, 2, 3, 3),
                of("fold of many windows", x -> x.fold(0, 1).mul(x.mul(x).fold(0, 1)), -1, 1, 2, 20),
                of("fold of many long windows", x -> x.fold(0, 1).mul(x.mul(x).fold(0, 1)), -1, 1, 60, 17),
                of("Conv2d", x -> Conv2d.of("c", 2, 3, 3, 2, 1, Initialiser.HE).at(x.mul(x)), -1, 1, 2, 4, 5, 2),
                of("ConvTranspose2d", x -> ConvTranspose2d.of("c", 2, 3, 4, 2, 1, Initialiser.HE).at(x.mul(x)), -1, 1, 2, 3, 2,
                        2),
                of("concat",
                        x -> Functions.concat(0, x, x.mul(x), values(1, 1, 3))
                                .mul(Functions.concat(0, x.mul(x), x, values(2, 1, 3))),
                        -1, 1, 2, 3),
                of("stack", x -> Functions.stack(1, x, x.mul(x), values(1, 2, 3)), -1, 1, 2, 3),
                of("rows", x -> x.mul(x).rows(INDEX), -1, 1, 3, 2),
                of("rows by a matrix", x -> x.mul(x).rows(INDEX.slice(0, 0, 4).reshape(2, 2)), -1, 1, 3, 2),
                of("rows of a flipped array", x -> x.flip(0).rows(INDEX).mul(x.flip(0).rows(INDEX)), -1, 1, 3, 2),
                of("withRows, by the array", x -> x.mul(x).withRows(INDEX, values(1, 5, 2)).mul(x), -1, 1, 4, 2),
                of("withRows, by the rows, some of them replaced again", x -> values(1, 4, 2).withRows(INDEX, x.mul(x)), -1, 1, 5,
                        2),
                of("withRows, by both",
                        x -> x.mul(x).withRows(INDEX.slice(0, 0, 4).reshape(2, 2), x.rows(INDEX.slice(0, 1, 5)).pow(3)
                                .reshape(2, 2, 3)),
                        -1, 1, 3, 3),
                of("norm", x -> Functions.norm(x, 1), -1, 1, 3, 2), of("norm of all", x -> Functions.norm(x), -1, 1, 3, 2),
                of("gather", x -> x.mul(x).gather(1, range(2).reshape(2, 1)), -1, 1, 2, 3),
                of("gather of columns", x -> x.mul(x).gather(0, INDEX.slice(0, 0, 3).reshape(1, 3)), -1, 1, 3, 3),
                of("detach", x -> x.mul(x.detach().sub(x.detach())).add(x.mul(x)), -1, 1, 3),
                of("cast", x -> x.mul(x).cast(FLOAT64), -1, 1, 3),
                of("noise", x -> x.mul(x).add(Noise.normal(3)).mul(Noise.uniform(3).add(1)).mul(Noise.bernoulli(0.5, 3).add(1)),
                        -1, 1, 3),
                of("argmax, oneHot", x -> Functions.oneHot(Functions.argmax(x, 1), 3).mul(x.mul(x)), -1, 1, 2, 3),
                of("Linear", x -> Linear.of("l", 3, 4, Initialiser.HE).at(x.mul(x)), -1, 1, 2, 3),
                of("Mlp", x -> Mlp.of(Initialiser.XAVIER, Functions::tanh, 3, 5, 2).at(x), -1, 1, 2, 2, 3),
                of("a gradient", x -> Gradient.gradient(Functions.exp(x.mul(x)).sum(), x), -1, 1, 3),
                of("a Laplacian", x -> Tangent.laplacian(Mlp.of(Functions::softplus, 3, 5, 1).at(x).squeeze(-1), x).laplacian(),
                        -1, 1, 2, 3));
    }

    @TestFactory
    Stream<DynamicTest> secondOrder() {
        return cases().stream().map(test -> DynamicTest.dynamicTest(test.name(), () -> {
            for (long seed = 0; seed < 3; seed++) {
                test.run(seed);
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> laplacians() {
        return Stream.of(
                of("Mlp", x -> Mlp.of(Functions::softplus, 3, 6, 6, 1).at(x).squeeze(-1), -1, 1),
                of("silu Mlp", x -> Mlp.of(Functions::silu, 3, 6, 1).at(x).squeeze(-1), -1, 1),
                of("products", x -> x.mul(x).mul(x.at(1, 0).expandDims(1)), -1, 1),
                of("quotient", x -> x.div(x.mul(x).sum(1).add(1).expandDims(1)), 0.5, 1),
                of("pow", x -> x.pow(x), 0.5, 1.5), of("pow 3", x -> x.pow(3), 0.5, 1.5),
                of("logSumExp", x -> Functions.logSumExp(x.mul(x), 1), -1, 1),
                of("prod", x -> x.prod(1), -1, 1), of("max", x -> x.mul(x).max(1), 0.1, 1),
                of("where", x -> Functions.where(x.greater(0), x.mul(x), x.pow(3)), -1, 1),
                of("elu", x -> Functions.elu(x).sum(1), -1, 1),
                of("where, of which one side is linear", x -> Functions.where(x.greater(0), x.mul(x), x).sum(1), -1, 1),
                of("where, of which one side is a number",
                        x -> Functions.where(x.greater(0), x.pow(3), constant(FLOAT64, 7)).sum(1), -1, 1),
                of("concat", x -> Functions.concat(1, x.mul(x), x.slice(1, 0, 1), Functions.exp(x)), -1, 1),
                of("scattered rows", x -> scattered(x.transpose()).transpose(), -1, 1),
                of("replaced rows",
                        x -> x.mul(x).transpose().withRows(INDEX.slice(0, 0, 2), x.pow(3).transpose().rows(INDEX.slice(0, 1, 3)))
                                .transpose(),
                        -1, 1),
                of("matmul of both", x -> x.expandDims(1).matmul(x.expandDims(2)).reshape(-1), -1, 1),
                of("rows", x -> x.mul(x).transpose().rows(INDEX.slice(0, 0, 2)).transpose(), -1, 1),
                of("windows", x -> x.mul(x).unfold(1, 2, 1).mul(x.at(1, 0).reshape(-1, 1, 1)).fold(1, 1), -1, 1),
                of("flip and pad", x -> x.flip(1).mul(x).pad(1, 1, 2), -1, 1),
                of("sum of a quadratic", x -> x.mul(x).sum(1).mul(0.5), -1, 1), of("linear", x -> x.sum(1), -1, 1),
                of("sin, cos, tanh, erf",
                        x -> Functions.sin(x).mul(Functions.cos(x)).add(Functions.tanh(x)).add(Functions.erf(x)), -1, 1))
                .map(test -> DynamicTest.dynamicTest(test.name(),
                        () -> new DerivativeCheck(test.name(), test.f()).laplacian(7, test.low(), test.high(), 4, 3)));
    }

    private static Expr scattered(Expr x) {
        Expr index = INDEX.slice(0, 0, 3);
        return Expr.of(new Op.ScatterRows(3), index, x.pow(3).rows(index));
    }

    private static double[] gradient(Expr y, Expr x) {
        return Eval.eval(Gradient.gradient(y.sum(), x)).values();
    }

    /** With h = x² named too, the derivative by x of h x is still 3 x². */
    @Test
    void aDerivativeGoesOnThroughWhatIsAskedForItself() {
        Expr x = array(FLOAT64, Shape.of(2), 3, 4), h = x.mul(x);
        List<Expr> both = Gradient.gradient(h.mul(x).sum(), List.of(h, x));
        assertArrayEquals(new double[]{3, 4}, Eval.eval(both.get(0)).values());
        assertArrayEquals(new double[]{27, 48}, Eval.eval(both.get(1)).values());
    }

    /** A derivative has the type of what it is by; whole numbers have none. */
    @Test
    void castsPassDerivativesOn() {
        Expr x = array(1.5, 2.5, 3), y = x.cast(FLOAT64).pow(2).mul(x.cast(INT32));
        assertEquals(FLOAT64, y.dtype());
        Expr gradient = Gradient.gradient(y.sum(), x);
        assertEquals(FLOAT32, gradient.dtype());
        assertArrayEquals(new double[]{3, 10, 18}, Eval.eval(gradient).values());
        Expr sample = x.expandDims(0);
        Tangent.Laplacian energy = Tangent.laplacian(sample.cast(FLOAT64).pow(2).mul(sample.cast(INT32)).sum(1), sample);
        assertArrayEquals(new double[]{3, 10, 18}, Eval.eval(energy.gradient()).values());
        assertArrayEquals(new double[]{12}, Eval.eval(energy.laplacian()).values());
        assertArrayEquals(new double[]{6, 20, 36},
                Eval.eval(Gradient.gradient(energy.gradient().mul(x.cast(FLOAT64)).sum(), x)).values());
    }

    /** 1 - (1 - e^-20) would be 0, or have two digits. */
    @Test
    void theDerivativeOfASaturationIsExactWhereItIsSmall() {
        Expr x = array(20);
        assertEquals(Math.exp(-20), gradient(Functions.saturation(x), x)[0], 1e-14);
    }

    /** What the Javadoc of min, max and pow promises where the functions have a kink, or a formula has none. */
    @Test
    void tiesAndZeros() {
        Expr a = array(FLOAT64, Shape.of(3), 1, 2, 3), b = array(FLOAT64, Shape.of(3), 2, 2, 2);
        assertArrayEquals(new double[]{1, 0, 0}, gradient(Functions.min(a, b), a));
        assertArrayEquals(new double[]{0, 1, 1}, gradient(Functions.min(a, b), b));
        assertArrayEquals(new double[]{0, 0, 1}, gradient(Functions.max(a, b), a));
        assertArrayEquals(new double[]{1, 1, 0}, gradient(Functions.max(a, b), b));
        assertArrayEquals(new double[]{0, 0, 1}, gradient(Functions.relu(a.sub(2)), a));
        Expr tie = array(FLOAT64, Shape.of(4), 5, 1, 5, 5);
        assertArrayEquals(new double[]{1 / 3.0, 0, 1 / 3.0, 1 / 3.0}, gradient(tie.max(), tie));
        Expr base = array(FLOAT64, Shape.of(2), 0, 2), exponent = array(FLOAT64, Shape.of(2), 3, 3);
        assertArrayEquals(new double[]{0, 8 * Math.log(2)}, gradient(base.pow(exponent), exponent), 1e-12);
        Expr x = array(FLOAT64, Shape.of(3), 0, -1, 2);
        assertArrayEquals(new double[]{1, Math.exp(-1), 1}, gradient(Functions.elu(x), x), 1e-15);
    }

    /** a^b where a, b or both are 0: by each, twice, in both modes. */
    /** Of a root of a sum of squares, the derivative at 0 would be 0 times ∞. */
    @Test
    void theNormOfNothingHasADerivative() {
        Expr x = array(FLOAT64, Shape.of(2, 2), 0, 0, 3, 4);
        assertArrayEquals(new double[]{0, 5}, Eval.eval(Functions.norm(x, 1)).values());
        assertArrayEquals(new double[]{0, 0, 0.6, 0.8}, gradient(Functions.norm(x, 1), x), 1e-15);
        Expr nan = array(FLOAT64, Shape.of(1), Double.NaN);
        assertTrue(Double.isNaN(Eval.eval(Functions.norm(nan)).scalar()));
    }

    @Test
    void powersOfZero() {
        Expr a = array(FLOAT64, Shape.of(4), 0, 0, 0, 2), b = array(FLOAT64, Shape.of(4), 0, 1, 3, 3), y = a.pow(b);
        double[] byA = {0, 1, 0, 12}, byB = {0, 0, 0, 8 * Math.log(2)};
        assertArrayEquals(byA, gradient(y, a), 1e-12);
        assertArrayEquals(byB, gradient(y, b), 1e-12);
        Expr one = array(FLOAT64, Shape.of(4), 1, 1, 1, 1);
        Expr negative = array(FLOAT64, Shape.of(2), -1, Double.NaN), zero = array(FLOAT64, Shape.of(2), 0, 0),
                power = zero.pow(negative);
        double[] infinite = {Double.NEGATIVE_INFINITY, Double.NaN};
        assertArrayEquals(infinite, gradient(power, negative));
        assertArrayEquals(infinite, Eval.eval(Tangent.jvp(power, negative, array(FLOAT64, Shape.of(2), 1, 1))).values());
        assertArrayEquals(byA, Eval.eval(Tangent.jvp(y, a, one)).values(), 1e-12);
        assertArrayEquals(byB, Eval.eval(Tangent.jvp(y, b, one)).values(), 1e-12);
        Expr t = array(FLOAT64, Shape.of(4), 0, 0, 0, 0), both = a.add(t).pow(b.add(t));
        assertArrayEquals(new double[]{0, 1, 0, 12 + 8 * Math.log(2)}, Eval.eval(Tangent.jvp(both, t, one)).values(), 1e-12);
        double mixed = 4 * (1 + 3 * Math.log(2));   // a^(b-1) (1 + b log a)
        assertEquals(mixed, gradient(Gradient.gradient(y.sum(), b), a)[3], 1e-12);
        assertEquals(mixed, gradient(Gradient.gradient(y.sum(), a), b)[3], 1e-12);
        assertArrayEquals(new double[]{0, 0, 0, 12}, gradient(Gradient.gradient(y.sum(), a), a), 1e-12);
        for (double each : gradient(Gradient.gradient(y.sum(), b), a)) {
            assertTrue(Double.isFinite(each), "" + each);
        }
    }

    /** What depends on x with derivative 0 is no reason to fail. */
    @Test
    void piecesWithoutADerivative() {
        Expr x = array(FLOAT64, Shape.of(2), 1.5, 2.5), v = array(FLOAT64, Shape.of(2), 1, 1);
        assertArrayEquals(new double[4],
                Eval.eval(Tangent.jvp(Functions.concat(0, Functions.floor(x), x.greater(2)), x, v)).values());
        Expr s = array(FLOAT64, Shape.of(1, 3), 1, -2, 3);
        Tangent.Laplacian all = Tangent.laplacian(Functions.sign(s).prod(1).mul(s.sum(1)), s);
        assertArrayEquals(new double[]{-1, -1, -1}, Eval.eval(all.gradient()).values());
        assertArrayEquals(new double[]{0}, Eval.eval(all.laplacian()).values());
    }
}
