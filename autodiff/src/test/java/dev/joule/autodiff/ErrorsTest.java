package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.range;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Constants.zeros;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import dev.joule.autodiff.optim.Adam;
import dev.joule.autodiff.optim.Ema;
import dev.joule.autodiff.optim.Sgd;
import dev.joule.autodiff.nn.Conv2d;
import dev.joule.autodiff.nn.ConvTranspose2d;
import dev.joule.autodiff.nn.Initialiser;
import dev.joule.autodiff.planner.Pass;
import dev.joule.autodiff.planner.Planner;
import dev.joule.core.DType;
import dev.joule.core.Shape;

/** A mistake is told where it is made: the operation, the shapes, the line. */
class ErrorsTest {
    private static final Expr A = zeros(Shape.of(128, 2)), B = zeros(Shape.of(3, 64)), I = range(4);

    private static void fails(String message, Executable mistake) {
        IllegalArgumentException error = assertThrows(IllegalArgumentException.class, mistake);
        assertEquals(message, error.getMessage().replaceAll(" \\(at ErrorsTest.java:\\d+\\)$", " <line>").replaceAll("\\(at .*",
                "<another line>"));
    }

    @Test
    void derivativesByConstants() {
        fails("vjp: the seed's shape [] is not that of the expression, [128, 2] <line>",
                () -> Gradient.vjp(A, Constants.constant(1), List.of(A)));
        for (Expr constant : List.of(range(3).cast(DType.FLOAT32), Constants.constant(3).cast(DType.FLOAT64),
                Constants.constant(3).reshape(1))) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> Gradient.gradient(constant.mul(2).sum(), constant))
                    .getMessage();
            assertTrue(message.contains("a constant, which is the same wherever it stands"), message);
        }
    }

    @Test
    void replacedRows() {
        fails("withRows: takes an int32 index of at least one axis of rows, not float32 of [128, 2] <line>",
                () -> A.withRows(A, A));
        fails("withRows: rows of float32 [128, 2] at an index of [4] are float32 [4, 2], not float32 [3, 64] <line>",
                () -> A.withRows(I, B));
        fails("withRows: [0, 2] has no rows <line>", () -> zeros(Shape.of(0, 2)).withRows(I, zeros(Shape.of(4, 2))));
    }

    @Test
    void shapes() {
        fails("matmul: inner sizes differ: [128, 2] x [3, 64] <line>", () -> A.matmul(B));
        fails("matmul: needs at least two axes on each side: [4] x [3, 64] <line>", () -> I.matmul(B));
        fails("add: shapes differ and do not broadcast: [128, 2] and [3, 64] <line>", () -> A.add(B));
        fails("where: shapes differ and do not broadcast: [128, 2] and [3, 64] <line>", () -> Functions.where(A, B, B));
        fails("reshape: [128, 2] has 256 elements, [5, 5] has 25 <line>", () -> A.reshape(5, 5));
        fails("reshape: [128, 2] does not divide into [-1, 3] <line>", () -> A.reshape(-1, 3));
        fails("reshape: more than one -1 in [-1, -1] <line>", () -> A.reshape(-1, -1));
        fails("transpose: of two axes, and [3] has 1 <line>", () -> array(1, 2, 3).transpose());
        fails("permute: [0, 0] is no order of the axes of [128, 2] <line>", () -> A.permute(0, 0));
        fails("axis 2 is outside of [128, 2] <line>", () -> A.sum(2));
        fails("sum: an axis is named twice in [0, -2] <line>", () -> A.sum(0, -2));
        fails("squeeze: axis 0 of [128, 2] is not of size 1 <line>", () -> A.squeeze(0));
        fails("slice: 0 to 129 by 1 is outside of axis 0 of [128, 2] <line>", () -> A.slice(0, 0, 129));
        fails("at: no position 2 in axis 1 of [128, 2] <line>", () -> A.at(1, 2));
        fails("unfold: no windows of 3 places, 1 apart, in axis 1 of [128, 2] <line>", () -> A.unfold(1, 3, 1));
        fails("unfold: no windows of 1 places, 0 apart, in axis 0 of [128, 2] <line>", () -> A.unfold(0, 1, 0));
        fails("fold: no windows 1 apart in axes 1 and 2 of [128, 2] <line>", () -> A.fold(1, 1));
        fails("fold: an axis of 254000000002 elements is longer than any can be <line>", () -> A.fold(0, 2_000_000_000));
        Conv2d conv = new Conv2d(zeros(Shape.of(5, 5, 3, 8)), zeros(Shape.of(8)), 1, 1);
        fails("Conv2d: takes images [*, h, w, 3] of at least 3 pixels a side, not [3, 64] <line>", () -> conv.at(B));
        fails("Conv2d: takes images [*, h, w, 3] of at least 3 pixels a side, not [7, 2, 3] <line>",
                () -> conv.at(zeros(Shape.of(7, 2, 3))));
        String takes = "Conv2d: takes weights [kernel, kernel, in, out], biases [out], a stride of at least 1 and a padding of at least 0, not ";
        fails(takes + "[3, 64], [4], 1 and 0 <line>", () -> new Conv2d(B, I, 1, 0));
        fails(takes + "[5, 5, 3, 8], [3], 1 and 0 <line>", () -> new Conv2d(conv.weights(), zeros(Shape.of(3)), 1, 0));
        fails("Conv2d: no windows of 70000 x 70000 pixels of 1 channels <line>",
                () -> Conv2d.of("c", 1, 1, 70_000, 1, 0, Initialiser.HE));
        fails("axis 9 is outside of [128, 2] <line>", () -> A.pad(9, 0, 0));
        ConvTranspose2d back = new ConvTranspose2d(zeros(Shape.of(3, 2, 2, 1)), zeros(Shape.of(1)), 1, 1);
        fails("ConvTranspose2d: takes images [*, h, w, 3] of which a padding of 1 leaves something, not [1, 1, 3] <line>",
                () -> back.at(zeros(Shape.of(1, 1, 3))));
        fails("pad: negative width -1 <line>", () -> A.pad(0, -1, 0));
        fails("pad: an axis of 4294967296 elements is longer than any can be <line>",
                () -> A.pad(1, Integer.MAX_VALUE, Integer.MAX_VALUE));
        Expr wide = zeros(Shape.of(1, 1_500_000_000));
        fails("concat: an axis of 3000000000 elements is longer than any can be <line>", () -> Functions.concat(wide, wide));
        fails("reshape: an axis of 3000000000 elements is longer than any can be <line>",
                () -> zeros(Shape.of(2, 1_500_000_000)).reshape(-1));
        fails("shape: [2000000000, 2000000000, 2000000000] has too many elements to count them",
                () -> Shape.of(2_000_000_000, 2_000_000_000, 2_000_000_000));
        fails("broadcast: [128, 2] does not broadcast to [128, 3] <line>", () -> A.broadcast(128, 3));
        fails("concat: shapes differ in more than axis 0: [128, 2] and [3, 64] <line>", () -> Functions.concat(0, A, B));
        fails("stack: of nothing <line>", () -> Functions.stack(0));
        fails("stack: shapes differ: [128, 2] and [3, 64] <line>", () -> Functions.stack(0, A, B));
        fails("concat: of nothing <line>", () -> Functions.concat(0));
        fails("expandDims: no place 3 in [128, 2] <line>", () -> A.expandDims(3));
        fails("gather: index [4] and array [128, 2] differ in more than axis 0 <line>", () -> A.gather(0, I));
        fails("array: rows of 2 and of 1 values <line>", () -> array(new double[][]{{1, 2}, {3}}));
        fails("compile: output 1 is null <line>", () -> Program.compile(null, A, null));
        fails("max: over no elements of [0, 2] <line>", () -> zeros(Shape.of(0, 2)).max(0));
        fails("normal: negative size in [-1] <line>", () -> Noise.normal(-1));
        fails("array: 3 values for shape [2] <line>", () -> array(DType.FLOAT32, Shape.of(2), 1, 2, 3));
    }

    @Test
    void types() {
        fails("exp: needs a real type, not int32[4]; use cast(FLOAT32) <line>", () -> Functions.exp(I));
        fails("div: needs a real type, not int32[4]; use cast(FLOAT32) <line>", () -> I.div(2));
        fails("rows: takes an int32 index of at least one axis of rows, not float32 of [128, 2] <line>", () -> A.rows(A));
        fails("gather: takes an int32 index, not float32 <line>", () -> A.gather(0, A));
        fails("oneHot: takes an int32 index, not float32 <line>", () -> Functions.oneHot(A, 3));
    }

    @Test
    void derivatives() {
        fails("gradient: of a scalar only, not of [128, 2]; reduce it with sum() or mean() <line>",
                () -> Gradient.gradient(A, A));
        fails("jvp: the direction's shape [3, 64] is not that of x, [128, 2] <line>", () -> Tangent.jvp(A, A, B));
        fails("laplacian: an energy [*] of samples [*, d] is needed, not [128, 2] of [128, 2] <line>",
                () -> Tangent.laplacian(A, A));
        Expr three = Constants.constant(3);
        String constant = ": by 3 [], a constant, which is the same wherever it stands; make it an array(...) or a variable(...) <line>";
        fails("gradient" + constant, () -> Gradient.gradient(three.mul(3), three));
        fails("jvp" + constant, () -> Tangent.jvp(three.mul(3), three, three));
        fails("laplacian: by 0 [128, 2], a constant, which is the same wherever it stands; make it an array(...) or a variable(...) <line>",
                () -> Tangent.laplacian(A.sum(1), A));
    }

    @Test
    void updates() {
        Expr v = variable("v", A);
        fails("update: broadcast float32[128, 2] is not a variable <line>", () -> new Update(A, A));
        fails("update: the new value's shape [3, 64] is not that of the variable, [128, 2] <line>", () -> new Update(v, B));
        Expr k = variable("k", constant(DType.INT32, 3));
        fails("update: the new value of k int32[] is float32; cast(DType.INT32) truncates it <line>",
                () -> new Update(k, k.add(0.6)));
        fails("compile: variable v has two updates <line>",
                () -> Planner.plan(List.of(), List.of(new Update(v, A), new Update(v, v)), Pass.ALL));
    }

    @Test
    void optimisers() {
        Expr v = variable("v", A), other = variable("other", A), loss = v.sum();
        String none = "; are they another network's, or is what is made of them detached? <line>";
        fails("minimise: the loss depends on none of the parameters [other]" + none,
                () -> Adam.of(1).minimise(loss, List.of(other)));
        fails("minimise: the loss depends on none of the parameters [v]" + none,
                () -> Adam.of(1).minimise(v.detach().sum(), List.of(v)));
        fails("adam: 2 gradients for 1 parameters <line>", () -> Adam.of(1).updates(List.of(v), List.of(A, A)));
        fails("sgd: the gradient of v [128, 2] has shape [] <line>", () -> Sgd.of(1).updates(List.of(v), List.of(loss)));
        fails("ema: add float32[128, 2] is not a variable <line>", () -> new Ema(0.9, List.of(v.add(1))));
    }

    @Test
    void numbers() {
        fails("array: 1.5 is not an int32 <line>", () -> array(DType.INT32, Shape.of(1), 1.5));
        fails("array: 2.5 is not an int32 <line>",
                () -> array(DType.INT32, Shape.of(2, 3), i -> i / 2.0 + (i == 5 ? 0 : i / 2.0)));
        fails("array: the host counts to 2^31, and [65536, 65536] has 4294967296 elements <line>",
                () -> array(DType.FLOAT32, Shape.of(65536, 65536), i -> 0));
        fails("constant: NaN is not an int32 <line>", () -> Constants.constant(DType.INT32, Double.NaN));
        fails("bernoulli: p = 1.5 is no probability <line>", () -> Noise.bernoulli(1.5, 2));
        fails("randint: bound 0 is not positive <line>", () -> Noise.randint(0, 2));
        fails("clamp: low 1.0 is above high 0.0 <line>", () -> Functions.clamp(A, 1, 0));
    }
}
