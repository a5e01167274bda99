package dev.joule.autodiff.planner;

import static dev.joule.autodiff.Functions.softplus;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Noise.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Tangent;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.explain.ExplainPlan;
import dev.joule.autodiff.nn.Conv2d;
import dev.joule.autodiff.nn.Initialiser;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.autodiff.optim.Sgd;
import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.Step;

/** Which steps go through the batch row by row, and that it does not change what they compute. */
class RowRunsTest {
    private static final int BATCH = 50;

    /** Energy differences of samples and noisy copies of them, as in energy discrepancy. */
    private static Expr contrast(Mlp net) {
        Expr x = normal(BATCH, 3), z = x.expandDims(1).add(normal(BATCH, 4, 3));
        return softplus(net.at(x).sub(net.at(z).squeeze(-1))).mean();
    }

    /** Score matching: directions come before the batch. */
    private static Expr score(Mlp net) {
        Expr x = normal(BATCH, 3);
        Tangent.Laplacian e = Tangent.laplacian(net.at(x).squeeze(-1), x);
        return square(e.gradient()).sum(-1).mul(0.5).sub(e.laplacian()).mean();
    }

    private static Mlp net() {
        return Mlp.of(Functions::softplus, 3, 20, 20, 1);
    }

    private static List<Update> updates(Expr loss, Mlp net) {
        return Sgd.of(0.1).minimise(loss, net.parameters());   // Adam would blow up the rounding errors of gradients that are 0
    }

    /** Zeros around images need nothing, so they could all come first, and be there all at once. */
    @Test
    void aLongerChainOfConvolutionsNeedsNoMoreMemory() {
        assertEquals(arenaOfConvolutions(3), arenaOfConvolutions(12));
    }

    private static long arenaOfConvolutions(int links) {
        Conv2d conv = Conv2d.of("conv", 2, 2, 3, 1, 1, Initialiser.PYTORCH);
        Expr images = normal(BATCH, 8, 8, 2);
        for (int link = 0; link < links; link++) {
            images = Functions.tanh(conv.at(images));
        }
        return Planner.plan(List.of(images.mean()), List.of(), Pass.ALL).plan().arenaBytes();
    }

    @Test
    void allButTheOptimiserIsOneRun() {
        for (int kind = 0; kind < 2; kind++) {
            Mlp net = net();
            Expr loss = kind == 0 ? contrast(net) : score(net);
            Plan plan = Planner.plan(List.of(loss), updates(loss, net), Pass.ALL).plan();
            RowRun run = plan.runs().stream().filter(each -> each.rows() == BATCH).findFirst().orElseThrow();
            for (int i = 0; i < plan.steps().size(); i++) {
                boolean product = plan.steps().get(i) instanceof MatMulStep;
                assertTrue(!product || i >= run.first() && i < run.end(), "outside of the run: " + plan.steps().get(i));
            }
        }
    }

    /** Hidden layers of another size than the batch, which is in it or it in them: not their rows are taken. */
    @Test
    void theBatchIsToldFromTheWidth() {
        for (int width : new int[]{10, 25, 60, 100}) {
            Mlp net = Mlp.of(Functions::relu, 3, width, width, width, 1);
            Expr loss = contrast(net);
            Plan plan = Planner.plan(List.of(loss), updates(loss, net), Pass.ALL).plan();
            RowRun run = plan.runs().getFirst();
            assertEquals(BATCH, run.rows(), () -> "width " + width + ": " + plan.runs());
            assertEquals(plan.steps().stream().filter(MatMulStep.class::isInstance).count(),
                    plan.steps().subList(run.first(), run.end()).stream().filter(MatMulStep.class::isInstance).count(),
                    "products of the run, of a net of width " + width);
        }
    }

    /** What is summed over the first layer's weights has as many places as the batch has rows, and each row needs all of them: it comes before. */
    @Test
    void whatLooksLikeTheBatchAndIsNeededWholeComesBefore() {
        Mlp net = Mlp.of(Functions::softplus, 3, BATCH, BATCH, 1);
        Expr loss = score(net);
        Plan plan = Planner.plan(List.of(loss), updates(loss, net), Pass.ALL).plan();
        RowRun run = plan.runs().getFirst();
        assertTrue(run.first() > 0, plan.runs()::toString);
        assertEquals(plan.steps().stream().filter(MatMulStep.class::isInstance).count(),
                plan.steps().subList(run.first(), run.end()).stream().filter(MatMulStep.class::isInstance).count());
    }

    /** Where weights are large and the batch is small, their gradient is computed row by row of the weights, and used at once. */
    @Test
    void smallSumsOfLargeMatricesComeBehindTheBatch() {
        Mlp net = Mlp.of(Functions::relu, 3, 400, 300, 1);
        Expr loss = square(net.at(normal(BATCH, 3))).mean();
        Plan plan = Planner.plan(List.of(loss), updates(loss, net), Pass.ALL).plan();
        RowRun weights = plan.runs().stream().filter(run -> run.rows() == 400).findFirst().orElseThrow();
        List<Step> steps = plan.steps().subList(weights.first(), weights.end());
        int at = (int) steps.stream().takeWhile(step -> !(step instanceof MatMulStep)).count();
        MatMulStep gradient = (MatMulStep) steps.get(at);
        assertEquals("400 x 300, over 50", gradient.m() + " x " + gradient.n() + ", over " + gradient.k());
        assertTrue(steps.get(at + 1) instanceof LoopStep loop && loop.reads().contains(gradient.c().slot()), steps::toString);
        assertEquals(BATCH, plan.runs().getFirst().rows());
    }

    /** What one run does not need is not done before it one by one, but has a run of its own. */
    @Test
    void weightsOfEachSizeHaveARun() {
        Mlp net = Mlp.of(Functions::relu, 300, 400, 300, 1);
        Expr loss = square(net.at(normal(BATCH, 300))).mean();
        Plan plan = Planner.plan(List.of(loss), updates(loss, net), Pass.ALL).plan();
        for (int rows : new int[]{300, 400}) {
            RowRun run = plan.runs().stream().filter(each -> each.rows() == rows).findFirst().orElseThrow();
            assertTrue(plan.steps().subList(run.first(), run.end()).stream().anyMatch(MatMulStep.class::isInstance),
                    "products in the run of " + rows + " rows");
            String heading = "row by row, " + rows + " rows: steps " + run.first();   // also where the run before it ends there
            assertTrue(ExplainPlan.of(plan).contains(heading), heading);
        }
    }

    /** Sizes that divide others: the optimiser goes through the rows of weights, not through pieces of them. */
    @Test
    void weightsAreNotCutAcross() {
        Mlp net = Mlp.of(Functions::relu, 392, 200, 20, 200, 392);
        Expr loss = square(net.at(normal(64, 392))).mean();
        Plan plan = Planner.plan(List.of(loss), updates(loss, net), Pass.ALL).plan();
        for (RowRun run : plan.runs()) {
            for (int i = run.first(); i < run.end(); i++) {
                assertTrue(!(plan.steps().get(i) instanceof LoopStep) || run.axes().get(i - run.first()) == 0,
                        plan.steps().get(i) + " in a run of " + run.rows() + " rows");
            }
        }
    }

    /** A block of rows should not be many short pieces of memory. */
    @Test
    void rowsAreNotScattered() {
        Expr x = normal(784, 8 * BATCH), y = softplus(x.add(1)), z = softplus(y.sum(1).sub(x.sum(1)));
        Plan plan = Planner.plan(List.of(y.mul(x), z), List.of(), Pass.ALL).plan();
        for (RowRun run : plan.runs()) {
            assertEquals(784, run.rows(), plan.runs().toString());
        }
    }

    @Test
    void whatLooksAtTheWholeBatchEndsARun() {
        Mlp net = net();
        Expr energy = net.at(normal(BATCH, 3)).squeeze(-1);
        Expr loss = square(energy.sub(energy.mean())).add(Functions.logSumExp(energy, 0)).mean();
        Plan plan = Planner.plan(List.of(loss), updates(loss, net), Pass.ALL).plan();
        assertTrue(plan.runs().stream().filter(run -> run.rows() == BATCH).count() >= 2, plan.runs().toString());
    }

    @Test
    void aSmallBatchHasNoRun() {
        Expr x = normal(5, 3);
        assertEquals(List.of(), Planner.plan(List.of(softplus(x).sum(0), x.sum(1)), List.of(), Pass.ALL).plan().runs());
    }

    /** The bits too: sums over the batch are cut by shapes, not by threads. */
    @Test
    void resultsDoNotDependOnThreads() {
        for (int kind = 0; kind < 2; kind++) {
            double[] expected = trained(kind, Devices.cpu(1), Pass.ALL);
            for (int threads = 2; threads <= 5; threads++) {
                assertArrayEquals(expected, trained(kind, Devices.cpu(threads), Pass.ALL));
            }
            assertArrayEquals(trained(kind, Devices.reference(), Pass.NONE), expected, 2e-5);
            for (Pass pass : Pass.values()) {
                assertArrayEquals(expected, trained(kind, Devices.cpu(2), Set.of(pass)), 2e-5, pass.word());
            }
        }
    }

    private static double[] trained(int kind, Device device, Set<Pass> passes) {
        Mlp net = net();
        Expr loss = kind == 0 ? contrast(net) : score(net);
        try (Store store = new Store(device, 3);
                Program program = Program.of(store, Planner.plan(List.of(loss), updates(loss, net), passes))) {
            program.run(5);
            List<Double> all = new ArrayList<>(List.of(program.scalar(loss)));
            net.parameters().forEach(parameter -> {
                for (double value : store.get(parameter)) {
                    all.add(value);
                }
            });
            return all.stream().mapToDouble(Double::doubleValue).toArray();
        }
    }

    @Test
    void gradientsOfSharedWeightsAddUpInPlace() {
        Mlp net = net();
        Expr loss = contrast(net);
        List<Step> steps = Planner.plan(List.of(loss), updates(loss, net), Pass.ALL).plan().steps();
        assertEquals(2, steps.stream().filter(step -> step instanceof MatMulStep mul && mul.accumulate()).count(), "two layers");
    }

    @Test
    void valuesOfARunShareMemory() {
        Expr x = normal(1000, 8), y = x;
        for (int i = 0; i < 10; i++) {
            y = softplus(y.matmul(normal(8, 8)));
        }
        Plan plan = Planner.plan(List.of(y.sum()), List.of(), Pass.ALL).plan();
        // a product cannot write over its operand, but a loop over what it reads
        assertTrue(plan.arenaBytes() < 2.1 * 32_000, plan.arenaBytes() + " bytes for arrays of 32,000");
        assertTrue(plan.steps().stream().anyMatch(LoopStep.class::isInstance));
    }

    /** A layer's weight gradient comes as soon as it can, not when all layers have been gone through. */
    @Test
    void valuesLiveForAShortTime() {
        Mlp net = Mlp.of(Functions::softplus, 3, 20, 20, 20, 20, 1);
        Expr loss = square(net.at(normal(BATCH, 3))).mean();
        Plan plan = Planner.plan(List.of(loss), updates(loss, net), Pass.ALL).plan();
        RowRun run = plan.runs().stream().filter(each -> each.rows() == BATCH).findFirst().orElseThrow();
        for (int i = run.first(); i < run.end(); i++) {
            if (plan.steps().get(i) instanceof MatMulStep mul && mul.m() == 20 && mul.n() == 20) {
                int from = mul.b().slot(), at = i;
                boolean soon = plan.steps().subList(run.first(), i).stream()
                        .anyMatch(step -> step instanceof LoopStep loop && plan.steps().indexOf(loop) >= at - 2
                                && loop.stores().stream().anyMatch(store -> store.view().slot() == from));
                assertTrue(soon, mul + " comes long after what it reads");
            }
        }
    }

    /** A loop's result lies where that was which it is the last to read; what is read again later stays. */
    @Test
    void aLoopWritesOverWhatItReadsLast() {
        Expr w = normal(8, 8), v = normal(8, 8), a = normal(1000, 8).matmul(w), b = softplus(a), c = b.matmul(v);
        Plan once = Planner.plan(List.of(square(c).sum(0)), List.of(), Pass.ALL).plan();
        Plan again = Planner.plan(List.of(c.mul(square(a)).sum(0)), List.of(), Pass.ALL).plan();
        assertTrue(sharesWithItsOperand(once),
                () -> "softplus(a) has a place of its own: " + once.slots() + once.steps() + once.runs());
        assertFalse(sharesWithItsOperand(again), "softplus(a) overwrote a");
    }

    private static boolean sharesWithItsOperand(Plan plan) {
        return plan.steps().stream().filter(LoopStep.class::isInstance).map(LoopStep.class::cast)
                .anyMatch(loop -> loop.stores().stream().anyMatch(store -> loop.reads().stream()
                        .anyMatch(read -> read != store.view().slot()
                                && plan.slots().get(read).place().equals(plan.slot(store.view()).place()))));
    }

    @Test
    void passesAreChosenByName() {
        assertEquals(Pass.ALL, Pass.wanted());
        try {
            System.setProperty("joule.passes", "rewrite, rows");
            assertEquals(Set.of(Pass.REWRITE, Pass.ROWS), Pass.wanted());
            System.setProperty("joule.passes", "none");
            assertEquals(Pass.NONE, Pass.wanted());
            System.setProperty("joule.passes", "rewrites");
            String message = assertThrows(IllegalArgumentException.class, Pass::wanted).getMessage();
            assertEquals("joule.passes: no pass \"rewrites\"; there are rewrite, inline, windows, fuse, rows; or all, or none",
                    message);
        } finally {
            System.clearProperty("joule.passes");
        }
    }
}
