package dev.joule.autodiff.planner;

import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Functions.silu;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Gradient.gradient;
import static dev.joule.autodiff.Noise.normal;
import static dev.joule.autodiff.Noise.uniform;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.nn.Conv2d;
import dev.joule.autodiff.nn.ConvTranspose2d;
import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Step;

/** Windows that products read and add up where they lie. */
class WindowsTest {
    private static final Set<Pass> WRITTEN_OUT = Pass.on(Pass.ALL, false);
    private static final int BATCH = 9;

    private static Conv2d conv(String name, int in, int out, int kernel, int stride, int padding) {
        return new Conv2d(variable(name, normal(kernel, kernel, in, out).mul(0.2)), variable(name + "b", normal(out)), stride,
                padding);
    }

    private static ConvTranspose2d back(String name, int in, int out, int kernel, int stride, int padding) {
        return new ConvTranspose2d(variable(name, normal(in, kernel, kernel, out).mul(0.2)), variable(name + "b", normal(out)),
                stride,
                padding);
    }

    /** A loss with second derivatives, the gradient of images, and those of weights. */
    private static List<Expr> outputs(Expr images, Expr result, Expr... weights) {
        Expr energy = square(silu(result)).sum();
        Expr along = gradient(energy, images);
        Expr loss = energy.add(square(along).sum());
        return Stream.concat(Stream.of(energy, along), gradient(loss, List.of(weights)).stream()).toList();
    }

    private static List<double[]> run(Device device, List<Expr> outputs, Set<Pass> passes) {
        try (Store store = new Store(device, 3);
                Program program = Program.of(store, Planner.plan(outputs, List.of(), Pass.on(passes, device.readsWindows())))) {
            program.run();
            return outputs.stream().map(program::values).toList();
        }
    }

    private static void agrees(List<Expr> outputs) {
        List<double[]> expected = run(Devices.reference(), outputs, Pass.NONE);
        List<List<double[]>> results = new ArrayList<>(List.of(run(Devices.reference(), outputs, Pass.ALL)));
        for (Set<Pass> passes : List.of(Pass.ALL, Set.of(Pass.INLINE, Pass.WINDOWS), WRITTEN_OUT)) {
            results.add(run(Devices.cpu(1), outputs, passes));
            results.add(run(Devices.cpu(2), outputs, passes));
        }
        for (List<double[]> result : results) {
            for (int i = 0; i < expected.size(); i++) {
                double[] some = expected.get(i), others = result.get(i);
                double size = Math
                        .sqrt(Stream.of(some).flatMapToDouble(java.util.Arrays::stream).map(x -> x * x).sum() / some.length);
                assertArrayEquals(some, others, 2e-5 * (size + 1), "result " + i);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 16, 3, 1, 1", "8, 9, 3, 2, 1", "16, 32, 4, 2, 1", "3, 8, 5, 3, 2", "8, 8, 2, 2, 0", "12, 8, 1, 1, 0",
            "8, 8, 1, 2, 1",
            "2, 3, 3, 1, 0", "8, 24, 3, 1, 0"})
    void convolutions(int in, int out, int kernel, int stride, int padding) {
        Expr images = variable("images", uniform(BATCH, 9, 7, in));
        Conv2d conv = conv("w", in, out, kernel, stride, padding);
        agrees(outputs(images, conv.at(images), conv.weights()));
    }

    @ParameterizedTest
    @CsvSource({"16, 1, 4, 2, 1", "9, 8, 3, 2, 1", "16, 12, 4, 2, 1", "8, 16, 3, 1, 0", "8, 8, 2, 3, 0", "2, 9, 4, 1, 1"})
    void transposedConvolutions(int in, int out, int kernel, int stride, int padding) {
        Expr images = variable("images", uniform(BATCH, 3, 4, in));
        ConvTranspose2d back = back("w", in, out, kernel, stride, padding);
        agrees(outputs(images, back.at(images), back.weights()));
    }

    @Test
    void windowsOfOneAxis() {
        Expr x = variable("x", uniform(BATCH, 20, 8)), w = variable("w", normal(5 * 8, 16).mul(0.2));
        Expr y = x.unfold(1, 5, 2).reshape(-1, 40).matmul(w);
        agrees(outputs(x, y.reshape(BATCH, 8, 16), w));
    }

    /** A product reads what is repeated, too, and what is permuted. */
    @Test
    void otherViewsThanWindows() {
        Expr x = variable("x", uniform(BATCH, 4, 6)), w = variable("w", normal(6, 8)), v = variable("v", normal(24, 8));
        Expr repeated = x.expandDims(0).broadcast(5, BATCH, 4, 6).reshape(-1, 6), permuted = x.transpose().reshape(BATCH, 24);
        Expr both = x.expandDims(1).broadcast(BATCH, 3, 4, 6).transpose(1, 2).reshape(-1, 6);
        agrees(outputs(x, repeated.matmul(w), w));
        agrees(outputs(x, both.matmul(w), w));
        agrees(outputs(x, permuted.matmul(v), v));
    }

    /** Each sample has weights of its own, so that it is a product for itself; and windows that are read backwards. */
    @Test
    void windowsOfABatch() {
        Expr x = variable("x", uniform(BATCH, 7, 5, 4)), w = variable("w", normal(BATCH, 36, 16).mul(0.2));
        Expr windows = x.unfold(1, 3, 1).unfold(3, 3, 1).transpose(2, 3);
        assertEquals(1, reading(plan(List.of(windows.reshape(BATCH, 15, 36).matmul(w)))));
        agrees(outputs(x, windows.reshape(BATCH, 15, 36).matmul(w), w));
        Expr flipped = windows.flip(2).reshape(BATCH, 15, 36);
        assertEquals(0, reading(plan(List.of(flipped.matmul(w)))), "strides are not negative");
        agrees(outputs(x, flipped.matmul(w), w));
    }

    /** The rows of windows are added up first, or their columns. */
    @Test
    void foldsInAnyOrder() {
        Expr x = variable("x", uniform(BATCH, 4, 3, 5)), w = variable("w", normal(5, 2 * 3 * 8).mul(0.2));
        Expr windows = x.reshape(-1, 5).matmul(w).reshape(BATCH, 4, 3, 2, 3, 8);
        Expr columnsFirst = windows.transpose(2, 3).fold(3, 2).fold(1, 1),
                rowsFirst = windows.permute(0, 1, 3, 2, 4, 5).fold(1, 1).fold(2, 2);
        for (Expr folded : List.of(columnsFirst, rowsFirst)) {
            assertEquals(6, adding(plan(List.of(folded))));
            agrees(outputs(x, folded, w));
        }
    }

    /** What only looks like the windows of a convolution is added up by loops. */
    @Test
    void foldsOfOtherProducts() {
        Expr x = variable("x", uniform(BATCH, 6, 3, 5)), w = variable("w", normal(5, 8).mul(0.2));
        Expr places = x.reshape(-1, 5).matmul(w).reshape(BATCH, 6, 3, 8);   // the places in windows are rows of a
        Expr each = variable("each", normal(BATCH, 5, 3 * 8).mul(0.2));     // b differs from window to window
        Expr batch = x.slice(2, 0, 1).reshape(BATCH, 6, 5).matmul(each).reshape(BATCH, 6, 3, 8);
        Expr wide = variable("wide", normal(5, 4 * 8).mul(0.2));
        Expr some = x.slice(2, 0, 1).reshape(-1, 5).matmul(wide).reshape(BATCH, 6, 4, 8);
        for (Expr windows : List.of(places, batch, some.slice(2, 1, 4), some.slice(3, 0, 8, 2), some.slice(1, 1, 6))) {
            Expr folded = windows.fold(1, 2);
            assertEquals(0, adding(plan(List.of(folded))), () -> windows.shape().toString());
            agrees(outputs(x, folded, w, each, wide));
        }
        Expr repeated = x.slice(1, 0, 1).slice(2, 0, 1).reshape(BATCH, 1, 5).broadcast(BATCH, 6, 5).reshape(-1, 5).matmul(wide)
                .reshape(BATCH, 6, 4, 8).fold(1, 2);
        agrees(outputs(x, repeated, wide));
    }

    private static Plan plan(List<Expr> outputs) {
        return Planner.plan(outputs, List.of(), Pass.ALL).plan();
    }

    private static long reading(Plan plan) {
        return plan.steps().stream().filter(step -> step instanceof MatMulStep mul && !mul.isPlain()).count();
    }

    private static long adding(Plan plan) {
        return plan.steps().stream().filter(step -> step instanceof MatMulStep mul && mul.accumulate()).count();
    }

    /** The largest value of a step is less than its windows would be. */
    @Test
    void nobodyWritesWindows() {
        int in = 8, out = 16, kernel = 3, side = 8;
        Expr images = variable("images", uniform(BATCH, side, side, in));
        Conv2d conv = conv("w", in, out, kernel, 1, 1);
        Plan plan = plan(gradient(square(conv.at(images)).sum(), List.of(images, conv.weights())));
        long windows = (long) BATCH * side * side * kernel * kernel * in;
        assertTrue(plan.slots().stream().allMatch(slot -> slot.count() < windows / 2), () -> plan.slots().toString());
        assertEquals(2, reading(plan), "the convolution, and the gradient of its weights");
        assertEquals(kernel * kernel, adding(plan), "the gradient of the images, place by place");
        assertTrue(plan.steps().stream().map(Step::origin).noneMatch(origin -> origin.contains("permute")),
                () -> plan.steps().toString());
    }

    @Test
    void windowsThatOthersReadAreWritten() {
        Expr images = variable("images", uniform(BATCH, 8, 8, 4));
        Expr windows = images.unfold(1, 3, 1).unfold(3, 3, 1).transpose(2, 3).reshape(-1, 36);
        Expr w = variable("w", normal(36, 8));
        assertEquals(1, reading(plan(List.of(windows.matmul(w)))));
        assertEquals(0, reading(plan(List.of(windows.matmul(w), windows))), "an output");
        assertEquals(0, reading(plan(List.of(windows.matmul(w), square(windows).sum(0)))), "a loop over rows of windows");
        assertEquals(1, reading(plan(List.of(w.transpose().matmul(windows.transpose())))), "on the right, they go to the left");
        Expr gradient = variable("gradient", normal(windows.size(0), 8)).transpose();
        assertEquals(1, reading(plan(List.of(gradient.matmul(windows)))), "on the right, they go to the left");
        assertEquals(0, reading(plan(List.of(windows.transpose().matmul(windows)))), "on both sides");
    }

    /** Convolved with themselves: 256 products would be no plan. */
    @Test
    void manyPlacesAreAddedUpByLoops() {
        Expr images = variable("images", uniform(BATCH, 20, 20, 8));
        assertEquals(0, adding(plan(List.of(gradient(square(conv("w", 8, 8, 16, 1, 0).at(images)).sum(), images)))));
    }

    @Test
    void windowsThatOthersReadAreNotAddedUpAtOnce() {
        Expr pixels = variable("pixels", uniform(BATCH, 6, 6, 8)), w = variable("w", normal(8, 3 * 3 * 8));
        Expr windows = pixels.reshape(-1, 8).matmul(w).reshape(BATCH, 6, 6, 3, 3, 8).transpose(2, 3);
        Expr folded = windows.fold(3, 1).fold(1, 1);
        assertEquals(9, adding(plan(List.of(folded))));
        assertEquals(0, adding(plan(List.of(folded, windows.sum(0)))), "a sum of windows");
        assertEquals(0, adding(plan(List.of(folded, windows.fold(3, 1)))), "the windows of one axis");
        Expr few = pixels.reshape(-1, 8).matmul(variable("few", normal(8, 3 * 3 * 2))).reshape(BATCH, 6, 6, 3, 3, 2).transpose(2,
                3);
        assertEquals(0, adding(plan(List.of(few.fold(3, 1).fold(1, 1)))), "two columns at a time");
    }

    @Test
    void aDeviceThatReadsNoWindowsHasThemWritten() {
        Expr images = variable("images", uniform(BATCH, 8, 8, 8));
        Conv2d conv = conv("w", 8, 8, 3, 1, 1);
        List<Expr> outputs = gradient(square(conv.at(images)).sum(), List.of(images, conv.weights()));
        Plan plan = Planner.plan(outputs, List.of(), WRITTEN_OUT).plan();
        assertEquals(0, reading(plan) + adding(plan));
    }
}
