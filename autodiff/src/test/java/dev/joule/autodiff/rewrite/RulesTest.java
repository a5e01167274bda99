package dev.joule.autodiff.rewrite;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.eye;
import static dev.joule.autodiff.Constants.range;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Constants.zeros;
import static dev.joule.autodiff.Functions.concat;
import static dev.joule.autodiff.Functions.exp;
import static dev.joule.autodiff.Functions.leakyRelu;
import static dev.joule.autodiff.Functions.oneHot;
import static dev.joule.autodiff.Functions.sigmoid;
import static dev.joule.autodiff.Functions.softplus;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Functions.stack;
import static dev.joule.autodiff.Functions.where;
import static dev.joule.autodiff.Gradient.gradient;
import static dev.joule.autodiff.Noise.uniform;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Graph;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.planner.Pass;
import dev.joule.autodiff.planner.Planned;
import dev.joule.autodiff.planner.Planner;
import dev.joule.core.DType;
import dev.joule.core.Devices;
import dev.joule.core.Shape;

/** Each rule fires on an example of its own, and the value stays what it was. */
class RulesTest {
    private static final Expr X = variable("x", array(-2.5, -0.3, 0.4, 1, 2, 7).cast(DType.FLOAT64).reshape(2, 3));
    private static final Expr Y = variable("y", array(0.5, 2, -1).cast(DType.FLOAT64));

    /** A number for each row of X. */
    private static final Expr S = variable("s", array(3, -0.5).cast(DType.FLOAT64)).reshape(2, 1);

    private static final Map<String, Expr> EXAMPLES = Map.ofEntries(
            Map.entry("detach", exp(X.detach()).add(exp(X))),
            Map.entry("fold-map", X.mul(exp(number(0.3)))),
            Map.entry("fold-zip", X.mul(number(2).add(number(3)))),
            Map.entry("fold-cast", X.mul(constant(DType.INT32, 3).cast(DType.FLOAT64))),
            Map.entry("add-zero", X.add(0)),
            Map.entry("mul-one", X.mul(1)),
            Map.entry("mul-minus-one", X.mul(-1)),
            Map.entry("double-negation", X.neg().neg()),
            Map.entry("add-negative", X.add(exp(X).neg())),
            Map.entry("constant-product", X.mul(3).mul(5)),
            Map.entry("constant-into-where", where(X.greater(0), X, number(0)).mul(3)),
            Map.entry("where-or-else", where(X.greater(0), exp(X), number(0)).add(where(X.greater(0), number(0), X.mul(X)))),
            Map.entry("divide-by-constant", X.div(4)),
            Map.entry("reshape-reshape", X.reshape(6).reshape(3, 2)),
            Map.entry("permute-permute", X.transpose().transpose()),
            Map.entry("identity-product", eye(2).transpose().matmul(X).add(X.matmul(eye(3)))),
            Map.entry("outer-product", Y.reshape(3, 1).matmul(Y.reshape(1, 3))),
            Map.entry("matrix-vector", X.matmul(Y.reshape(3, 1))),
            Map.entry("sum-of-few", exp(Y.broadcast(2, 3, 16, 3).permute(0, 3, 1, 2).mul(X.reshape(2, 3, 1, 1))).sum(1)),
            Map.entry("reduce-one", exp(X).expandDims(1).sum(1)),
            Map.entry("sum-of-broadcast", Y.broadcast(dev.joule.core.Shape.of(4, 3)).sum(0)),
            Map.entry("reduce-of-broadcast", X.expandDims(1).broadcast(2, 4, 3).max(2).add(X.broadcast(4, 2, 3).sum(1, 2))),
            Map.entry("map-of-broadcast", exp(Y.broadcast(Shape.of(4, 3)))),
            Map.entry("zip-of-broadcasts", Y.broadcast(Shape.of(4, 3)).mul(exp(Y).broadcast(Shape.of(4, 3)))),
            Map.entry("product-of-repeated-rows", Y.broadcast(Shape.of(4, 3)).matmul(X.transpose())),
            Map.entry("product-by-repeated-rows", Y.broadcast(Shape.of(2, 3)).transpose().matmul(X)),
            Map.entry("sum-of-embedded", X.pad(1, 0, 4).add(exp(X).pad(1, 4, 0))),
            Map.entry("slice-of-concat", concat(1, X, exp(X), Y.broadcast(Shape.of(2, 3))).slice(1, 4, 6)),
            Map.entry("permute-of-concat", stack(1, X, exp(X)).permute(1, 0, 2)),
            Map.entry("shared-product", exp(X).matmul(X.transpose()).add(exp(X).mul(S).matmul(X.transpose()))),
            Map.entry("sigmoid-of-softplus", softplus(X).add(sigmoid(X)).add(sigmoid(X.neg()))),
            Map.entry("sign-of-leaky", leakyRelu(X, 0.2).add(where(X.greater(0), exp(X), number(5)))));

    private static Expr number(double value) {
        return constant(DType.FLOAT64, value);
    }

    static Stream<String> names() {
        return EXAMPLES.keySet().stream().sorted();
    }

    @Test
    void noRuleIsWithoutAnExample() {
        Set<String> rules = new TreeSet<>();
        Stream.of(Algebra.RULES, Repetition.RULES, Joining.RULES, Joining.rules(List.of()), Reuse.rules(Set.of()))
                .flatMap(List::stream)
                .map(Rule::name)
                .forEach(rules::add);
        rules.add(SharedProducts.NAME);
        assertEquals(rules, new TreeSet<>(EXAMPLES.keySet()));
    }

    @ParameterizedTest
    @MethodSource("names")
    void firesAndChangesNothing(String rule) {
        firesAndChangesNothing(rule, EXAMPLES.get(rule));
    }

    private static void firesAndChangesNothing(String rule, Expr example) {
        Planned simplified = Planner.plan(List.of(example), List.of(), Set.of(Pass.REWRITE));
        Planned plain = Planner.plan(List.of(example), List.of(), Pass.NONE);
        assertTrue(simplified.rewrites().containsKey(rule),
                rule + " did not fire: " + simplified.rewrites());
        assertTrue(plain.rewrites().isEmpty());
        assertArrayEquals(values(plain, example), values(simplified, example), 1e-12);
    }

    /** Slices that go backwards, or by steps, in a part, in another one, and beyond it; arrays of zeros around what is embedded. */
    @Test
    void partsOfJoinedArrays() {
        Expr joined = concat(1, X, exp(X), X.mul(X));   // 3 columns of each
        for (int from = 0; from < 9; from++) {
            for (int to = from + 1; to <= 9; to++) {
                for (int step = 1; step <= 2; step++) {
                    boolean inOne = from / 3 == (from + (to - from - 1) / step * step) / 3;
                    Expr slice = joined.slice(1, from, to, step);
                    for (Expr y : List.of(slice, joined.flip(1).slice(1, from, to, step), slice.flip(1))) {
                        Planned simplified = Planner.plan(List.of(y), List.of(), Set.of(Pass.REWRITE));
                        assertArrayEquals(values(Planner.plan(List.of(y), List.of(), Pass.NONE), y), values(simplified, y),
                                1e-12);
                    }
                    assertEquals(inOne, Planner.plan(List.of(slice), List.of(), Set.of(Pass.REWRITE)).rewrites()
                            .containsKey("slice-of-concat"));
                }
            }
        }
        for (int gap = 0; gap < 3; gap++) {
            Expr a = X.pad(1, 1, 6), b = exp(X).pad(1, 4 + gap, 3 - gap), c = X.slice(1, 0, 1).pad(1, 0, 9);
            for (Expr y : List.of(a.add(b), b.add(a), a.add(b).add(c), c.add(b).add(a), b.add(a.add(c)))) {
                firesAndChangesNothing("sum-of-embedded", y);
            }
        }
        Expr above = X.pad(1, 1, 6).add(exp(X).pad(1, 3, 4)),
                other = X.pad(1, 0, 3).pad(0, 2, 0).add(X.pad(1, 3, 0).pad(0, 2, 0));
        for (Expr y : List.of(above, other)) {
            assertFalse(Planner.plan(List.of(y), List.of(), Set.of(Pass.REWRITE)).rewrites().containsKey("sum-of-embedded"));
        }
    }

    /** Factors are found within products, selections, negatives and repeated elements, and only where they are those of rows. */
    @Test
    void factorsOfRows() {
        Expr b = X.transpose(), row = Y.broadcast(Shape.of(2, 3)), where = X.greater(0);
        Map<Expr, Expr> scaled = new LinkedHashMap<>();   // by what it is without its factors
        scaled.put(exp(X).mul(X), S.mul(exp(X)).mul(X));
        scaled.put(X.mul(exp(X)), X.mul(exp(X).mul(S)).neg());
        scaled.put(where(where, exp(X), exp(X).mul(0.2)), where(where, exp(X).mul(S), exp(X).mul(S).mul(0.2)));
        scaled.put(row.mul(X), Y.mul(0.1).broadcast(Shape.of(2, 3)).mul(X));
        scaled.put(exp(X).sub(X), exp(X).mul(S).sub(X.mul(S)));
        scaled.put(exp(X).mul(S).add(X), exp(X).mul(S).mul(S).add(X.mul(S)));
        scaled.put(exp(X).add(X.mul(S)), exp(X).mul(S).add(X.mul(S).mul(S)));
        scaled.put(X.mul(X), X.mul(S).mul(X.mul(S)).mul(S));
        scaled.put(exp(row.mul(X)), exp(row.mul(X)).mul(S).mul(square(S)));
        scaled.forEach((plain, times) -> firesAndChangesNothing("shared-product", plain.matmul(b).sub(times.matmul(b).mul(2))));

        Expr columns = exp(X).mul(row);
        Planned unlike = Planner.plan(List.of(exp(X).matmul(b).add(columns.matmul(b))), List.of(), Set.of(Pass.REWRITE));
        assertFalse(unlike.rewrites().containsKey("shared-product"));
        Planned alone = Planner.plan(List.of(exp(X).mul(S).matmul(b)), List.of(), Set.of(Pass.REWRITE));
        assertFalse(alone.rewrites().containsKey("shared-product"));
    }

    @Test
    void factorsOfTheRowsOfALongChain() {
        Expr x = X;
        for (int i = 0; i < 30_000; i++) {
            x = x.mul(S).add(x);
        }
        Expr product = x.matmul(X.transpose());
        assertSame(product, new SharedProducts(Graph.topological(List.of(product))).of(product));
    }

    /** What is left without the factors must not be larger than what the program computes anyway; nor become 0. */
    @Test
    void largeAndSmallFactorsStayWhereTheyAre() {
        Expr x = variable("x", constant(DType.FLOAT32, 0.75, 4, 3)), w = variable("w", constant(DType.FLOAT32, 1.25, 3, 5)),
                s = variable("s", constant(DType.FLOAT32, 0.5, 4, 1)), large = x.mul(1e15).mul(w.slice(1, 0, 1).transpose());
        Expr apart = x.mul(1e-20).add(x.mul(x).mul(1e20)), zero = where(x.greater(5), x.mul(1e30), x.mul(1e-30));
        Expr small = s.mul(1e-15).mul(1e-15);
        Expr average = x;
        for (int i = 0; i < 160; i++) {
            average = average.mul(0.5).add(exp(x.mul(i * 0.01)).mul(0.5));
        }
        for (Expr a : List.of(apart, zero, average)) {
            isTheSame(a.matmul(w).add(a.mul(s).matmul(w)));
        }
        Expr scaled = large.mul(1e15).mul(small), b = w.mul(1e20);
        isTheSame(scaled.matmul(b).add(scaled.mul(2).matmul(b)));
    }

    private static void isTheSame(Expr y) {
        double[] expected = values(Planner.plan(List.of(y), List.of(), Pass.NONE), y);
        double[] received = values(Planner.plan(List.of(y), List.of(), Set.of(Pass.REWRITE)), y);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(1, received[i] / expected[i], 1e-5, y.toString());
        }
    }

    /** Nothing is shared in these, and nothing grows with them: squares of factors, of numbers and of products, chains of both. */
    @Test
    void factorsOfLongAndWideExpressions() {
        Expr w = X.transpose().matmul(X), squares = X.mul(S), sums = X.mul(S), turned = w.mul(0.5), powers = w.mul(0.25);
        Expr numbers = X, rows = X;
        for (int i = 0; i < 60; i++) {
            squares = where(squares.greater(0), squares.mul(squares), squares.mul(squares).neg());
            Expr q = sums.mul(sums);
            sums = q.add(q.mul(Y));
            turned = turned.mul(turned).transpose();
            powers = powers.matmul(powers);
        }
        for (int i = 0; i < 1000; i++) {
            numbers = numbers.mul(0.5).matmul(w);
            rows = rows.mul(rows.mean(1).add(1).expandDims(1)).matmul(w);
        }
        for (Expr y : List.of(squares.matmul(w), sums.matmul(w), turned.matmul(w), powers, numbers, rows)) {
            assertEquals(0, new SharedProducts(Graph.topological(List.of(y))).times());
        }
    }

    /** A concat that others read as it is, and joined arrays of nothing, of one part, and of no elements. */
    @Test
    void joinedArraysOfFewParts() {
        Expr joined = concat(1, X.expandDims(0), exp(X).expandDims(0)), turned = joined.permute(1, 0, 2);
        Expr nothing = zeros(Shape.of(0, 3)).cast(DType.FLOAT64), one = concat(0, nothing, X);
        for (Expr y : List.of(turned.sum(0).add(joined.sum(1)), one.flip(0), one.flip(1), one.add(one),
                concat(0, nothing, nothing).add(concat(0, nothing, nothing)).sum(),
                nothing.pad(0, 1, 1).add(nothing.pad(0, 0, 2)))) {
            Planned simplified = Planner.plan(List.of(y), List.of(), Set.of(Pass.REWRITE));
            assertArrayEquals(values(Planner.plan(List.of(y), List.of(), Pass.NONE), y), values(simplified, y), 1e-12);
            assertFalse(simplified.rewrites().containsKey("permute-of-concat"));
        }
    }

    /** The gradient by the weights goes the way back through the network on which the sampler's has been. */
    @Test
    void aSamplersWayBackIsThatOfTheLoss() {
        Expr w = variable("w", array(0.5, 2, -1, 1, 0.3, 0.7, -0.2, 0.1, 1.5).cast(DType.FLOAT64).reshape(3, 3));
        for (Function<Expr, Expr> activation : List.<Function<Expr, Expr>>of(Functions::softplus, Functions::tanh,
                Functions::silu,
                Functions::relu, z -> leakyRelu(z, 0.2))) {
            for (boolean squared : new boolean[]{true, false}) {
                Expr energy = activation.apply(activation.apply(X.matmul(w)).matmul(w)).matmul(Y.reshape(3, 1)).squeeze(-1);
                Expr force = gradient(energy.sum(), X), loss = (squared ? square(energy) : energy).mean();
                Expr both = force.sum().mul(0.1).add(gradient(loss, w).sum());
                firesAndChangesNothing("shared-product", both);
            }
        }
    }

    /** What is behind a node that has been rewritten is still at hand: chains of activations and derivatives, as a sampler's. */
    @Test
    void whatIsAtHandBehindOtherRewrites() {
        Expr x = X;
        for (int i = 0; i < 5; i++) {
            x = softplus(x).sub(sigmoid(x));
        }
        assertEquals(5, Planner.plan(List.of(x), List.of(), Set.of(Pass.REWRITE)).rewrites().get("sigmoid-of-softplus"));
        firesAndChangesNothing("sigmoid-of-softplus", x);
        Expr y = X;
        for (int i = 0; i < 5; i++) {
            y = leakyRelu(y, 0.2).sub(where(y.greater(0), number(1), number(0.5)));
        }
        assertEquals(5, Planner.plan(List.of(y), List.of(), Set.of(Pass.REWRITE)).rewrites().get("sign-of-leaky"));
        firesAndChangesNothing("sign-of-leaky", y);
    }

    /** -x/2 is positive where x is not, so its sign says nothing of x's. */
    @Test
    void theSignOfAFoldedValueIsNotThatOfItsArgument() {
        Expr folded = leakyRelu(X, -0.5).add(where(X.greater(0), exp(X), number(5)));
        Planned simplified = Planner.plan(List.of(folded), List.of(), Set.of(Pass.REWRITE));
        assertFalse(simplified.rewrites().containsKey("sign-of-leaky"));
        assertArrayEquals(values(Planner.plan(List.of(folded), List.of(), Pass.NONE), folded), values(simplified, folded), 1e-12);
    }

    @Test
    void aSumOverRepeatedAndOtherAxes() {
        Expr y = variable("y", array(DType.FLOAT64, Shape.of(3), 1, 2, 3)), sum = y.expandDims(1).broadcast(4, 3, 5).sum(0, 1);
        Planned simplified = Planner.plan(List.of(sum), List.of(), Set.of(Pass.REWRITE));
        assertTrue(simplified.rewrites().containsKey("sum-of-broadcast"), simplified.rewrites().toString());
        assertArrayEquals(new double[]{24, 24, 24, 24, 24}, values(simplified, sum));
    }

    /** Ones on the diagonal of a matrix that is not square take columns away, or add some. */
    @Test
    void aDiagonalIsNotAnIdentity() {
        for (Expr example : List.of(X.matmul(oneHot(range(3), 5).cast(DType.FLOAT64)),
                oneHot(range(3), 2).cast(DType.FLOAT64).matmul(X),
                X.transpose().matmul(oneHot(range(3), 2).transpose().cast(DType.FLOAT64)))) {
            Planned simplified = Planner.plan(List.of(example), List.of(), Set.of(Pass.REWRITE));
            assertFalse(simplified.rewrites().containsKey("identity-product"));
            assertArrayEquals(values(Planner.plan(List.of(example), List.of(), Pass.NONE), example), values(simplified, example));
        }
    }

    @Test
    void aProductByRepeatedRowsWithNoColumns() {
        Expr example = Y.broadcast(Shape.of(4, 3)).transpose()
                .matmul(variable("none", zeros(Shape.of(4, 0)).cast(DType.FLOAT64)));
        assertEquals(0, values(Planner.plan(List.of(example), List.of(), Set.of(Pass.REWRITE)), example).length);
    }

    /** As the directions of a Laplacian are: each row of a matrix for all of a batch, [3, *, 3] times [3, 2], and backwards. */
    @Test
    void productsOfRowsThatAreRepeatedInTheMiddle() {
        Expr directions = exp(X).matmul(X.transpose()).expandDims(1).broadcast(2, 5, 2), there = directions.matmul(X);   // [2, 5, 3]
        Expr back = directions.reshape(10, 2).transpose().matmul(exp(there).reshape(10, 3));
        firesAndChangesNothing("product-of-repeated-rows", there);
        firesAndChangesNothing("product-by-repeated-rows", back);
    }

    /** One is repeated along both axes, the other along the first. */
    @Test
    void zipsOfWhatIsRepeatedAlongOtherAxes() {
        firesAndChangesNothing("zip-of-broadcasts",
                exp(Y.reshape(3, 1).broadcast(4, 3, 2)).mul(X.transpose().broadcast(4, 3, 2)));
    }

    /** The slope stands on the left here. */
    @Test
    void theSignOfAFoldedValueIsNotThatOfItsArgumentEither() {
        Expr folded = where(X.greater(0), X, number(-0.5).mul(X)).add(where(X.greater(0), exp(X), number(5)));
        Planned simplified = Planner.plan(List.of(folded), List.of(), Set.of(Pass.REWRITE));
        assertFalse(simplified.rewrites().containsKey("sign-of-leaky"));
        assertArrayEquals(values(Planner.plan(List.of(folded), List.of(), Pass.NONE), folded), values(simplified, folded), 1e-12);
    }

    /** Integers wrap around, also those that are folded. */
    @Test
    void integersAreFoldedAsTheyAreAdded() {
        Expr large = constant(DType.INT32, Integer.MAX_VALUE);
        for (Expr example : List.of(large.add(large), large.mul(large), large.neg().sub(2))) {
            Planned simplified = Planner.plan(List.of(example), List.of(), Set.of(Pass.REWRITE));
            assertTrue(!simplified.rewrites().isEmpty());
            assertArrayEquals(values(Planner.plan(List.of(example), List.of(), Pass.NONE), example), values(simplified, example));
        }
    }

    /** A constant is what its type keeps of it, also before it is folded. */
    @Test
    void constantsAreRoundedBeforeTheyAreFolded() {
        for (Expr example : List.of(constant(0.1).cast(DType.FLOAT64), constant(1e39).cast(DType.FLOAT64),
                constant(16_777_217).sub(16_777_216))) {
            Planned simplified = Planner.plan(List.of(example), List.of(), Set.of(Pass.REWRITE));
            assertTrue(!simplified.rewrites().isEmpty());
            assertArrayEquals(values(Planner.plan(List.of(example), List.of(), Pass.NONE), example), values(simplified, example));
        }
    }

    /** 3x wraps around: its sign is not that of x. */
    @Test
    void leakyIntegersTellNoSign() {
        Expr x = array(DType.INT32, Shape.of(2), -800_000_000, 5), h = where(x.greater(0), x, x.mul(3)),
                y = where(x.greater(0), constant(1), constant(2)), both = h.mul(0).add(y);
        assertArrayEquals(new double[]{2, 1}, values(Planner.plan(List.of(both, h), List.of(), Pass.ALL), both));
    }

    /** 1e-30 1e-30 is no float32 but 0, and 1e30 1e30 is infinite: such factors stay where they are. */
    @Test
    void aProductOfConstantsThatNoFloat32IsStays() {
        Expr x = variable("x", constant(1e30)), zero = variable("zero", constant(0));
        for (Expr example : List.of(x.mul(1e-30).mul(1e-30), x.mul(1e-30).mul(1e-30).mul(1e30), zero.mul(1e30).mul(1e30))) {
            Planned simplified = Planner.plan(List.of(example), List.of(), Set.of(Pass.REWRITE));
            assertArrayEquals(values(Planner.plan(List.of(example), List.of(), Pass.NONE), example), values(simplified, example),
                    1e-36);
        }
    }

    /** All passes leave the value as it is, whether a rule fires or not. */
    private static void unchanged(Expr example) {
        assertArrayEquals(values(Planner.plan(List.of(example), List.of(), Pass.NONE), example),
                values(Planner.plan(List.of(example), List.of(), Pass.ALL), example), 1e-9);
    }

    /** A triangle of ones, and the one-hot rows of a permutation. */
    @Test
    void whatOnlyLooksLikeAnIdentity() {
        unchanged(range(3).expandDims(1).less(range(3)).cast(DType.FLOAT64).matmul(X.transpose()));
        unchanged(oneHot(array(DType.INT32, Shape.of(3), 2, 0, 1), 3).cast(DType.FLOAT64).matmul(X.transpose()));
    }

    /** Two wheres are one only with the same condition, and with 0 where the other has its value. */
    @Test
    void wheresThatDoNotCompleteEachOther() {
        Expr c = X.greater(0), d = X.greater(1), zero = number(0);
        unchanged(where(c, X, zero).add(where(d, zero, exp(X))));
        unchanged(where(c, X, X.mul(2)).add(where(c, zero, exp(X))));
        unchanged(where(c, X, zero).add(where(c, X.mul(3), exp(X))));
        unchanged(c.mul(X).add(where(c, zero, exp(X))));
    }

    /** where-or-else exchanges what comes first: each noise is still its own. */
    @Test
    void whatIsDrawnDoesNotDependOnRules() {
        Expr c = number(0).less(X), zero = number(0), one = uniform(2, 3).cast(DType.FLOAT64),
                two = uniform(2, 3).cast(DType.FLOAT64);
        firesAndChangesNothing("where-or-else", where(c, zero, one).add(where(c, two, zero)));
    }

    /** A value tells its argument's sign only if its where asks for that sign, of that argument, and scales it. */
    @Test
    void valuesThatTellNoSign() {
        Expr other = variable("other", array(DType.FLOAT64, Shape.of(2, 3), 1, -1, 1, -1, 1, -1)), zero = number(0),
                asked = where(zero.less(X), exp(X), number(5));
        unchanged(where(number(-1).less(X), X, X.mul(0.2)).add(where(number(-1).less(X), exp(X), number(5))));
        unchanged(where(zero.less(X), X, X.add(1)).add(asked));
        unchanged(where(zero.less(X), X, other.mul(0.2)).add(asked));
        unchanged(where(zero.less(other), other, X.mul(0.2)).add(asked));
    }

    /** Integers wrap around, and numbers of any size are not folded into infinity. */
    @Test
    void factorsThatAreNotFolded() {
        unchanged(variable("i", array(DType.INT32, Shape.of(2), 3, -7)).mul(100_000).mul(100_000));
        unchanged(variable("t", number(1e-300)).mul(1e200).mul(1e200));
    }

    /** Rows that are repeated, but not so that each is a row of the product; and none. */
    @Test
    void repeatedElementsThatAreNoRows() {
        Expr six = array(DType.FLOAT64, Shape.of(6, 2), IntStream.range(0, 12).asDoubleStream().toArray());
        unchanged(Y.broadcast(Shape.of(4, 3)).reshape(2, 6).matmul(variable("w", six)));
        Expr none = variable("none", zeros(Shape.of(0)).cast(DType.FLOAT64));
        unchanged(none.broadcast(Shape.of(4, 0)).matmul(variable("v", zeros(Shape.of(0, 2)).cast(DType.FLOAT64))));
    }

    private static double[] values(Planned planned, Expr example) {
        try (Store store = new Store(Devices.reference(), 0); Program program = Program.of(store, planned)) {
            program.run();
            return program.values(example);
        }
    }
}
