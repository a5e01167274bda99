package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.eye;
import static dev.joule.autodiff.Constants.range;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import dev.joule.autodiff.planner.Pass;
import dev.joule.autodiff.planner.Planner;
import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.Shape;
import dev.joule.core.cuda.schedule.Schedule;
import dev.joule.core.cuda.text.ModuleText;

/**
 * What each operation means, written down as numbers that come from elsewhere: arithmetic by hand, NumPy's conventions, plain Java formulas. Each
 * backend passes it, in float32 and float64.
 */
@ExtendWith(NoBufferLeft.class)
class ConformanceTest {
    private static final double INF = Double.POSITIVE_INFINITY, NAN = Double.NaN;

    /** Makes the arrays of one type. */
    private record In(DType dtype) {
        Expr of(double... values) {
            return array(dtype, Shape.of(values.length), values);
        }

        Expr rows(int columns, double... values) {
            return array(dtype, Shape.of(values.length / columns, columns), values);
        }

        /** 0, 1, 2, … of a shape. */
        Expr count(int... sizes) {
            Shape shape = Shape.of(sizes);
            return array(dtype, shape, IntStream.range(0, (int) shape.count()).mapToDouble(i -> i).toArray());
        }
    }

    private record Row(String name, Function<In, Expr> f, double... expected) {
    }

    private static Row row(String name, Function<In, Expr> f, double... expected) {
        return new Row(name, f, expected);
    }

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>(List.of(
                row("add broadcasts", in -> in.rows(2, 1, 2, 3, 4).add(in.of(10, 20)), 11, 22, 13, 24),
                row("sub broadcasts on the left", in -> in.of(10, 20).sub(in.rows(1, 1, 2)), 9, 19, 8, 18),
                row("mul of a column", in -> in.count(2, 3).mul(in.rows(1, 2, 3)), 0, 2, 4, 9, 12, 15),
                row("div", in -> in.of(1, -1, 0).div(in.of(4, 0, 0)), 0.25, -INF, NAN),
                row("pow", in -> in.of(2, 4, 0, -2).pow(in.of(3, 0.5, 0, 3)), 8, 2, 1, -8),
                row("neg", in -> in.of(1, -2).neg(), -1, 2),
                row("less", in -> in.of(1, 2, 3, NAN).less(2), 1, 0, 0, 0),
                row("lessEqual", in -> in.of(1, 2, 3).lessEqual(2), 1, 1, 0),
                row("greater", in -> in.of(1, 2, 3).greater(2), 0, 0, 1),
                row("greaterEqual", in -> in.of(1, 2, 3).greaterEqual(2), 0, 1, 1),
                row("equal", in -> in.of(1, 2, NAN).equal(in.of(1, 3, NAN)), 1, 0, 0),
                row("notEqual", in -> in.of(1, 2, NAN).notEqual(in.of(1, 3, NAN)), 0, 1, 1),
                row("min, max",
                        in -> Functions.concat(Functions.min(in.of(1, 5), in.of(3, 2)),
                                Functions.max(in.of(1, NAN), in.of(3, 2))),
                        1, 2, 3, NAN),
                row("clamp", in -> Functions.clamp(in.of(-2, 0.5, 2), -1, 1), -1, 0.5, 1),
                row("where", in -> Functions.where(in.of(1, 0, -3), in.of(1, 2, 3), in.of(-1, -2, -3)), 1, -2, 3),
                row("where does not mix in the other side", in -> Functions.where(in.of(1, 0), in.of(1, NAN), in.of(INF, 2)), 1,
                        2),
                row("sum of all", in -> in.count(2, 3).sum(), 15), row("sum of rows", in -> in.count(2, 3).sum(1), 3, 12),
                row("sum of columns", in -> in.count(2, 3).sum(0), 3, 5, 7),
                row("sum of the middle", in -> in.count(2, 2, 2).sum(1), 2, 4, 10, 12),
                row("sum of the outer two", in -> in.count(2, 2, 2).sum(0, -1), 0 + 1 + 4 + 5, 2 + 3 + 6 + 7),
                row("sum over nothing", in -> in.count(0, 2).sum(0), 0, 0), row("mean", in -> in.count(2, 3).mean(1), 1, 4),
                row("max", in -> in.rows(2, 1, 7, -3, -9).max(1), 7, -3), row("max with NaN", in -> in.of(1, NAN, 2).max(), NAN),
                row("min", in -> in.rows(2, 1, 7, -3, -9).min(0), -3, -9),
                row("prod", in -> in.rows(3, 1, 2, 3, 4, 0, 6).prod(1), 6, 0),
                row("var", in -> in.of(1, 2, 3, 6).var(), 3.5),
                row("logSumExp", in -> Functions.logSumExp(in.rows(2, 0, Math.log(3), 1000, 1000, -INF, 2), 1), Math.log(4),
                        1000 + Math.log(2), 2),
                row("logSumExp of nothing but -inf", in -> Functions.logSumExp(in.of(-INF, -INF), 0), -INF),
                row("softmax", in -> Functions.softmax(in.of(0, Math.log(3), -INF), 0), 0.25, 0.75, 0),
                row("logSoftmax", in -> Functions.logSoftmax(in.of(1000, 1001), 0), -Math.log1p(Math.E), 1 - Math.log1p(Math.E)),
                row("argmax", in -> Functions.argmax(in.rows(3, 1, 5, 5, 9, 0, 1), 1), 1, 0),
                row("where of real conditions",
                        in -> Functions.where(in.of(0.3, 0, -0.5), array(DType.INT32, Shape.of(3), 1, 2, 3),
                                array(DType.INT32, Shape.of(3), 7, 8, 9)),
                        1, 8, 3),
                row("argmax of a NaN", in -> Functions.argmax(in.rows(3, 1, NAN, 5, NAN, 0, NAN), 1), 1, 0),
                row("relu of a NaN", in -> Functions.relu(in.of(NAN, -1, 2)), NAN, 0, 2),
                row("min of int32",
                        _ -> array(DType.INT32, Shape.of(2, 2), Integer.MIN_VALUE, 5, Integer.MAX_VALUE, 7).min(1)
                                .add(Integer.MAX_VALUE),
                        -1, Integer.MIN_VALUE + 6),
                row("matmul of no rows", in -> in.count(2, 0, 3).matmul(in.count(3, 2)).sum(), 0),
                row("matmul of no depth", in -> in.count(2, 3, 0).matmul(in.count(0, 2)).sum(), 0),
                row("matmul", in -> in.count(2, 3).matmul(in.count(3, 2)), 10, 13, 28, 40),
                row("matmul, left transposed", in -> in.count(3, 2).transpose().matmul(in.count(3, 2)), 20, 26, 26, 35),
                row("matmul, right transposed", in -> in.count(2, 3).matmul(in.count(2, 3).transpose()), 5, 14, 14, 50),
                row("matmul, both transposed", in -> in.count(3, 2).transpose().matmul(in.count(2, 3).transpose()), 10, 28, 13,
                        40),
                row("matmul, batched", in -> in.count(2, 2, 2).matmul(in.count(2, 2, 2)), 2, 3, 6, 11, 46, 55, 66, 79),
                row("matmul, batch against matrix", in -> in.count(2, 1, 2).matmul(in.count(2, 2)), 2, 3, 6, 11),
                row("matmul, matrix against batch", in -> in.count(2, 2).matmul(in.count(2, 2, 1)), 1, 3, 3, 13),
                row("matmul of slices", in -> in.count(3, 4).slice(1, 1, 3).matmul(in.count(4, 3).slice(0, 0, 4, 3)), 18, 21, 24,
                        54, 65, 76, 90, 109, 128),
                row("matmul with an inner size of 0", in -> in.count(2, 0).matmul(in.count(0, 2)), 0, 0, 0, 0),
                row("reshape", in -> in.count(2, 3).reshape(3, -1).at(0, 1), 2, 3),
                row("transpose", in -> in.count(2, 3).transpose(), 0, 3, 1, 4, 2, 5),
                row("permute", in -> in.count(2, 1, 3).permute(2, 0, 1), 0, 3, 1, 4, 2, 5),
                row("expandDims", in -> in.of(1, 2).expandDims(-1).add(in.of(10, 20)), 11, 21, 12, 22),
                row("squeeze", in -> in.count(1, 2, 1).squeeze(0).add(in.of(10, 20)), 10, 20, 11, 21),
                row("broadcast", in -> in.of(1, 2).broadcast(2, 2), 1, 2, 1, 2),
                row("slice with a step", in -> in.count(7).slice(0, 1, -1, 2), 1, 3, 5),
                row("at", in -> in.count(2, 3).at(1, -1), 2, 5),
                row("flip", in -> in.count(2, 3).flip(1), 2, 1, 0, 5, 4, 3),
                row("pad", in -> in.count(1, 2).add(1).pad(1, 1, 2), 0, 1, 2, 0, 0),
                row("unfold", in -> in.count(6).unfold(0, 3, 1), 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5),
                row("unfold, with a rest", in -> in.count(2, 4).unfold(1, 2, 3), 0, 1, 4, 5),
                row("unfold of the first of two axes", in -> in.count(3, 2).unfold(0, 2, 1), 0, 1, 2, 3, 2, 3, 4, 5),
                row("fold", in -> in.count(3, 2).fold(0, 1), 0, 3, 7, 5),
                row("fold with gaps", in -> in.count(2, 2).add(1).fold(0, 3), 1, 2, 0, 3, 4),
                row("fold, of windows that overlap in part", in -> in.count(3, 3).fold(0, 2), 0, 1, 5, 4, 11, 7, 8),
                row("fold of more than one axis", in -> in.count(2, 2, 2).fold(0, 1), 0, 1, 6, 8, 6, 7),
                row("fold of unfold counts the windows", in -> in.of(1, 1, 1, 1, 1).unfold(0, 3, 1).fold(0, 1), 1, 2, 3, 2, 1),
                row("fold of two long windows", in -> in.count(2, 40).fold(0, 1).slice(0, 0, 41, 10), 0, 59, 79, 99, 79),
                row("fold of many long windows", in -> in.of(1).broadcast(70, 20).fold(0, 1).slice(0, 0, 89, 22), 1, 20, 20, 20,
                        1),
                row("fold of many windows", in -> in.of(1).broadcast(3, 40).fold(0, 1).slice(0, 0, 42, 20), 1, 3, 2),
                row("concat", in -> Functions.concat(0, in.count(1, 2), in.count(2, 2)), 0, 1, 0, 1, 2, 3),
                row("stack", in -> Functions.stack(1, in.of(1, 2), in.of(3, 4)), 1, 3, 2, 4),
                row("rows", in -> in.count(3, 2).rows(array(DType.INT32, Shape.of(3), 2, 0, 2)), 4, 5, 0, 1, 4, 5),
                row("rows of a transposed array", in -> in.count(2, 3).transpose().rows(array(DType.INT32, Shape.of(2), 2, 0)), 2,
                        5, 0, 3),
                row("gather along rows", in -> in.count(2, 3).gather(1, array(DType.INT32, Shape.of(2, 1), 2, 0)), 2, 3),
                row("gather along columns", in -> in.count(2, 3).gather(0, array(DType.INT32, Shape.of(1, 3), 1, 0, 1)), 3, 1, 5),
                row("withRows", in -> in.count(3, 2).withRows(array(DType.INT32, Shape.of(2), 2, 0), in.rows(2, 6, 7, 8, 9)), 8,
                        9, 2, 3,
                        6, 7),
                row("withRows: the last of several counts",
                        in -> in.count(3).withRows(array(DType.INT32, Shape.of(2, 2), 1, 2, 1, 1), in.rows(2, 6, 7, 8, 9)), 0, 9,
                        7),
                row("withRows: none", in -> in.count(2).withRows(array(DType.INT32, Shape.of(0)), in.of()), 0, 1),
                row("withRows in int32", _ -> range(3).withRows(range(1), constant(DType.INT32, 7).broadcast(Shape.of(1))), 7, 1,
                        2),
                row("adjoint of rows", in -> adjointOfRows(in.count(3), in.of(1, 2, 3, 4)), 4, 0, 6),
                row("oneHot", in -> Functions.oneHot(array(DType.INT32, Shape.of(2), 2, 0), 3), 0, 0, 1, 1, 0, 0),
                row("eye", in -> eye(2), 1, 0, 0, 1), row("range in int32", in -> range(4).mul(range(4)).sub(1), -1, 0, 3, 8),
                row("int32 wraps around", in -> range(1).add(Integer.MAX_VALUE).add(1), Integer.MIN_VALUE),
                row("sums of int32 wrap around too", _ -> array(DType.INT32, Shape.of(3), Integer.MAX_VALUE, 1, 5).sum(),
                        Integer.MIN_VALUE + 5),
                row("sums of int32 may leave it on the way",
                        _ -> Functions.where(range(4096).less(2048), range(1).add(2_000_000), range(1).sub(2_000_000)).sum(), 0),
                row("the least int32 is its own negative",
                        _ -> Functions.concat(array(DType.INT32, Shape.of(1), Integer.MIN_VALUE).neg(),
                                Functions.abs(array(DType.INT32, Shape.of(2), Integer.MIN_VALUE, -3))),
                        Integer.MIN_VALUE, Integer.MIN_VALUE, 3),
                row("no rows of no rows", in -> Constants.zeros(Shape.of(0, 3)).rows(array(DType.INT32, Shape.of(0)))),
                row("cast truncates", in -> in.of(1.7, -1.7).cast(DType.INT32), 1, -1),
                row("promotion", in -> range(2).add(in.of(0.5, 0.5)), 0.5, 1.5),
                row("detach", in -> in.of(1, 2).detach(), 1, 2)));
        double[] anywhere = {-20, -3, -0.5, -1e-4, 0, 1e-4, 0.5, 1, 3, 20}, positive = {1e-6, 0.1, 0.5, 1, 2, 30};
        rows.add(of("exp", Functions::exp, Math::exp, anywhere));
        rows.add(of("expm1", Functions::expm1, Math::expm1, anywhere));
        rows.add(of("log", Functions::log, Math::log, positive));
        rows.add(of("log1p", Functions::log1p, Math::log1p, positive));
        rows.add(of("sqrt", Functions::sqrt, Math::sqrt, positive));
        rows.add(of("rsqrt", Functions::rsqrt, x -> 1 / Math.sqrt(x), positive));
        rows.add(of("reciprocal", Functions::reciprocal, x -> 1 / x, positive));
        rows.add(of("square", Functions::square, x -> x * x, anywhere));
        rows.add(of("abs", Functions::abs, Math::abs, anywhere));
        rows.add(of("sign", Functions::sign, Math::signum, anywhere));
        rows.add(of("floor", Functions::floor, Math::floor, anywhere));
        rows.add(of("sin", Functions::sin, Math::sin, anywhere));
        rows.add(of("cos", Functions::cos, Math::cos, anywhere));
        rows.add(of("tanh", Functions::tanh, Math::tanh, anywhere));
        rows.add(of("sigmoid", Functions::sigmoid, x -> 1 / (1 + Math.exp(-x)), anywhere));
        rows.add(of("saturation", Functions::saturation, x -> -Math.expm1(-x), anywhere));
        rows.add(of("softplus", Functions::softplus, x -> Math.log1p(Math.exp(x)), anywhere));
        rows.add(of("relu", Functions::relu, x -> Math.max(x, 0), anywhere));
        rows.add(of("leakyRelu", x -> Functions.leakyRelu(x, 0.2), x -> x > 0 ? x : 0.2 * x, anywhere));
        rows.add(of("elu", Functions::elu, x -> x > 0 ? x : Math.expm1(x), anywhere));
        rows.add(of("silu", Functions::silu, x -> x / (1 + Math.exp(-x)), anywhere));
        // 2 Phi(1) - 1 and 2 Phi(2) - 1 from a table of the normal distribution
        rows.add(row("erf", in -> Functions.erf(in.of(1 / Math.sqrt(2), Math.sqrt(2), -1 / Math.sqrt(2))), 0.682689492,
                0.954499736, -0.682689492));
        rows.add(row("gelu", in -> Functions.gelu(in.of(1, -1, 2)), 0.841344746, -0.158655254, 2 * 0.977249868));
        return rows;
    }

    private static Expr adjointOfRows(Expr x, Expr seed) {
        return Gradient.vjp(x.rows(array(DType.INT32, Shape.of(4), 0, 2, 0, 2)), seed, List.of(x)).getFirst();
    }

    private static Row of(String name, UnaryOperator<Expr> f, DoubleUnaryOperator meaning, double[] at) {
        return row(name, in -> f.apply(in.of(at)), Arrays.stream(at).map(meaning).toArray());
    }

    @TestFactory
    Stream<DynamicTest> conformance() {
        return Stream.of(Devices.reference(), Devices.cpu(1), Devices.cpu(2))
                .flatMap(device -> Stream.of(DType.FLOAT32, DType.FLOAT64)
                        .flatMap(dtype -> rows().stream().map(row -> DynamicTest
                                .dynamicTest(device.name() + " " + dtype + " " + row.name, () -> check(device, dtype, row)))));
    }

    /** All of them as one program, since on a GPU each program is compiled. */
    @TestFactory
    Stream<DynamicTest> conformanceOfGpus() {
        return Stream.of(DType.FLOAT32, DType.FLOAT64).flatMap(dtype -> Gpus.tests(dtype.toString(), device -> {
            List<Row> rows = rows();
            List<Expr> outputs = rows.stream().map(row -> row.f.apply(new In(dtype))).toList();
            try (Store store = new Store(device, 0); Program program = Program.compile(store, outputs, List.of())) {
                program.run();
                for (int i = 0; i < rows.size(); i++) {
                    check(dtype, rows.get(i), program.values(outputs.get(i)));
                }
            }
        }));
    }

    /** NVIDIA's compiler, where there is one, takes what is generated for each row. */
    @Test
    void kernelsCompile(@TempDir Path folder) throws IOException, InterruptedException {
        assumeTrue(Stream.of(System.getenv("PATH").split(":")).anyMatch(path -> Files.isExecutable(Path.of(path, "nvcc"))),
                "nvcc is not on the PATH");
        List<Expr> outputs = Stream.of(DType.FLOAT32, DType.FLOAT64)
                .flatMap(dtype -> rows().stream().map(row -> row.f.apply(new In(dtype)))).toList();
        ModuleText module = new ModuleText();
        Schedule.of(Planner.plan(outputs, List.of(), Pass.wanted(false)).plan()).kernels(module);
        Path source = Files.writeString(folder.resolve("kernels.cu"), module.source());
        Process nvcc = new ProcessBuilder("nvcc", "-std=c++17", "-arch=sm_90", "-ptx", "-o", source + ".ptx", source.toString())
                .inheritIO().start();
        assertEquals(0, nvcc.waitFor());
    }

    private static void check(Device device, DType dtype, Row row) {
        check(dtype, row, Eval.eval(row.f.apply(new In(dtype)), device, 0).values());
    }

    private static void check(DType dtype, Row row, double[] received) {
        assertEquals(row.expected.length, received.length, "number of values");
        for (int i = 0; i < received.length; i++) {
            double tolerance = (dtype == DType.FLOAT32 ? 1e-6 : 1e-9) * Math.max(1e-3, Math.abs(row.expected[i]));
            assertEquals(row.expected[i], received[i], Double.isFinite(tolerance) ? tolerance : 0, row.name + "[" + i + "]");
        }
    }
}
