package dev.joule.core.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.Tensor;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;
import org.junit.jupiter.api.Test;

/** Nothing behind it checks bounds: a plan that reaches outside of its memory is refused before it runs. */
class PlanCheckTest {
    private final PlanCase plan = new PlanCase();
    private final int x = plan.slot(DType.FLOAT32, new double[8]), y = plan.slot(DType.FLOAT32, new double[8]);

    private static LoopStep copy(int[] domain, View from, View to) {
        return new LoopStep(domain, 1, 1, List.of(new Instr.Load(DType.FLOAT32, from)), List.of(new LoopStep.Store(0, to)),
                List.of(), "a copy");
    }

    private static View view(int slot, long offset, long... strides) {
        return new View(slot, offset, strides);
    }

    private String refused(Plan refused) {
        return assertThrows(IllegalStateException.class, () -> PlanCheck.check(refused)).getMessage();
    }

    @Test
    void refusesViewsThatReachOutside() {
        plan.steps.add(copy(new int[]{8}, view(x, 0, 1), view(y, 0, 1)));
        PlanCheck.check(plan.plan());
        for (LoopStep bad : List.of(copy(new int[]{9}, view(x, 0, 1), view(y, 0, 0)),
                copy(new int[]{8}, view(x, -1, 1), view(y, 0, 1)),
                copy(new int[]{8}, view(x, 0, 1), view(y, 1, 1)))) {
            plan.steps.set(0, bad);
            String message = refused(plan.plan());
            assertTrue(message.matches("plan: view .* over \\[[89]] reaches outside of .* in the step of a copy"), message);
        }
    }

    @Test
    void refusesAnotherType() {
        plan.steps.add(copy(new int[]{4}, view(plan.slot(DType.INT32, new double[4]), 0, 1), view(y, 0, 1)));
        assertEquals("plan: type of slot 2 in the step of a copy", refused(plan.plan()));
    }

    /** Of two workers, one would read what the other has not written yet. */
    @Test
    void refusesRowsOfTwoSizes() {
        plan.steps.add(copy(new int[]{4, 2}, view(x, 0, 2, 1), view(y, 0, 2, 1)));
        int z = plan.slot(DType.FLOAT32, new double[4]);
        plan.steps.add(copy(new int[]{4}, view(y, 0, 2), view(z, 0, 1)));
        List<RowRun> runs = List.of(new RowRun(0, 4, List.of(0, 0)));
        PlanCheck.check(new Plan(plan.plan().slots(), plan.steps, runs, 0, 3));
        plan.steps.set(1, copy(new int[]{4}, view(y, 0, 1), view(z, 0, 1)));
        assertEquals("plan: rows of a run: ", refused(new Plan(plan.plan().slots(), plan.steps, runs, 0, 3)).substring(0, 21));
    }

    /** A total over all rows is there when all rows are done. */
    @Test
    void refusesATotalThatIsReadInTheSameRun() {
        int z = plan.slot(DType.FLOAT32, new double[2]);
        plan.steps.add(new LoopStep(new int[]{4, 2}, 0, 1, List.of(new Instr.Load(DType.FLOAT32, view(x, 0, 2, 1))), List.of(),
                List.of(new LoopStep.Reduction(0, Reducer.SUM, view(z, 0, 0, 1))), "a total"));
        plan.steps.add(copy(new int[]{4, 2}, view(x, 0, 2, 1), view(y, 0, 2, 1)));
        List<RowRun> runs = List.of(new RowRun(0, 4, List.of(0, 0)));
        PlanCheck.check(new Plan(plan.plan().slots(), plan.steps, runs, 0, 3));
        plan.steps.set(1, copy(new int[]{4, 2}, view(z, 0, 0, 1), view(y, 0, 2, 1)));
        assertTrue(refused(new Plan(plan.plan().slots(), plan.steps, runs, 0, 3)).startsWith("plan: rows of a run: "));
    }

    @Test
    void refusesTensorsThatDoNotFit() {
        plan.steps.add(copy(new int[]{8}, view(x, 0, 1), view(y, 0, 1)));
        try (Tensor eight = Tensor.zeros(DType.FLOAT32, Shape.of(8));
                Tensor seven = Tensor.zeros(DType.FLOAT32, Shape.of(7));
                Tensor doubles = Tensor.zeros(DType.FLOAT64, Shape.of(8))) {
            PlanCheck.check(plan.plan(), List.of(eight, eight));
            refusedTensors("plan: wants 2 external tensors, not 1", List.of(eight));
            refusedTensors("plan: external tensor 1 is float32[7], the plan wants 8 elements of float32 (t1)",
                    List.of(eight, seven));
            refusedTensors("plan: external tensor 0 is float64[8], the plan wants 8 elements of float32 (t0)",
                    List.of(doubles, eight));
        }
    }

    private void refusedTensors(String message, List<Tensor> tensors) {
        assertEquals(message,
                assertThrows(IllegalArgumentException.class, () -> PlanCheck.check(plan.plan(), tensors)).getMessage());
    }

    @Test
    void refusesSlotsOutsideOfTheArena() {
        PlanCheck.check(arena(64, 8, 96));
        for (Plan bad : List.of(arena(64, 9, 96), arena(-64, 8, 96), arena(32, 8, 96), arena(128, 1, 96))) {
            assertTrue(refused(bad).startsWith("plan: slot outside of the arena: "));
        }
    }

    private static Plan arena(long offset, long count, long bytes) {
        return new Plan(List.of(new Slot(DType.FLOAT32, count, new Slot.Place.Arena(offset), "a")), List.of(), bytes, 0);
    }

    @Test
    void refusesRowsThatAGatherOrAScatterCouldNotReach() {
        int index = plan.slot(DType.INT32, new double[4]);
        View rows = view(index, 0, 1), table = view(x, 0, 0);
        gather(new Instr.Gather(DType.FLOAT32, table, 2, 4, 0), rows, DType.INT32);
        PlanCheck.check(plan.plan());
        gather(new Instr.Gather(DType.FLOAT32, table, 2, 5, 0), rows, DType.INT32);
        assertTrue(refused(plan.plan()).contains("reaches outside of"));
        gather(new Instr.Gather(DType.FLOAT32, table, 2, 4, 0), view(y, 0, 1), DType.FLOAT32);
        assertEquals("plan: gather in the step of rows", refused(plan.plan()));

        plan.steps.set(0, new ScatterStep(4, 2, 4, rows, view(x, 0, 2, 1), Optional.empty(), view(y, 0, 2, 1), "add"));
        PlanCheck.check(plan.plan());
        plan.steps.set(0, new ScatterStep(4, 2, 5, rows, view(x, 0, 2, 1), Optional.empty(), view(y, 0, 2, 1), "add"));
        assertTrue(refused(plan.plan()).contains("reaches outside of"));
        plan.steps.set(0, new ScatterStep(4, 2, 4, view(x, 0, 1), view(x, 0, 2, 1), Optional.empty(), view(y, 0, 2, 1), "add"));
        assertEquals("plan: type of slot 0 in the step of add", refused(plan.plan()));
    }

    private void gather(Instr.Gather gather, View index, DType type) {
        plan.steps.clear();
        plan.steps.add(new LoopStep(new int[]{4}, 1, 1, List.of(new Instr.Load(type, index), gather),
                List.of(new LoopStep.Store(1, view(y, 4, 1))), List.of(), "rows"));
    }

    @Test
    void refusesATotalThatMovesAlongWhatIsSummed() {
        for (int stride = 0; stride < 2; stride++) {
            plan.steps.clear();
            plan.steps.add(new LoopStep(new int[]{8}, 0, 1, List.of(new Instr.Load(DType.FLOAT32, view(x, 0, 1))), List.of(),
                    List.of(new LoopStep.Reduction(0, Reducer.SUM, view(y, 0, stride))), "sum"));
            if (stride == 0) {
                PlanCheck.check(plan.plan());
            } else {
                assertEquals("plan: stride along a reduced axis in the step of sum", refused(plan.plan()));
            }
        }
    }

    @Test
    void refusesValuesThatAreNotComputedYet() {
        View from = view(x, 0, 1), to = view(y, 0, 1);
        plan.steps.add(new LoopStep(new int[]{8}, 1, 1, List.of(new Instr.Map(DType.FLOAT32, Unary.NEG, 1),
                new Instr.Load(DType.FLOAT32, from)), List.of(new LoopStep.Store(0, to)), List.of(), "early"));
        assertEquals("plan: operand order in the step of early", refused(plan.plan()));
    }

    @Test
    void refusesProductsThatReachOutside() {
        int z = plan.slot(DType.FLOAT32, new double[16]);
        plan.steps.add(product(4, view(x, 0, 2, 1), view(y, 0, 4, 1), view(z, 0, 4, 1)));
        PlanCheck.check(plan.plan());
        for (MatMulStep bad : List.of(product(5, view(x, 0, 2, 1), view(y, 0, 4, 1), view(z, 0, 3, 1)),
                product(4, view(x, 0, 2, 1), view(y, 1, 4, 1), view(z, 0, 4, 1)),
                product(4, view(x, 0, 2, 1), view(y, 0, 4, 1), view(z, 1, 4, 1)))) {
            plan.steps.set(0, bad);
            assertTrue(refused(plan.plan()).contains("reaches outside of"));
        }
    }

    private static MatMulStep product(int m, View a, View b, View c) {
        return new MatMulStep(new int[0], m, 4, 2, a, b, c, false, "a product");
    }

    /** Each of these would read or write something else than it says. */
    @Test
    void refusesStepsThatMakeNoSense() {
        View from = view(x, 0, 1), to = view(y, 0, 1);
        Instr load = new Instr.Load(DType.FLOAT32, from);
        body("operand order", new Instr.Zip(DType.FLOAT32, Binary.ADD, 0, 0));
        body("operand order", load, new Instr.Zip(DType.FLOAT32, Binary.ADD, 0, 1));
        body("operand order", new Instr.Cast(DType.FLOAT32, 0));
        body("operand order", load, new Instr.Select(DType.FLOAT32, 0, 0, 1));
        body("rank of index", new Instr.Index(DType.FLOAT32, view(-1, 0)));
        body("random", new Instr.Random(DType.FLOAT32, new Draw.Uniform(), 0, view(-1, -1, 1)));
        body("random", new Instr.Random(DType.FLOAT32, new Draw.Uniform(), 0, view(-1, 3, -1)));
        body("view ", new Instr.Load(DType.FLOAT32, view(x, 0, 1, 1)));
        body("view ", new Instr.Load(DType.FLOAT32, view(99, 0, 1)));

        one("axes", new LoopStep(new int[]{8}, 0, 2, List.of(load), List.of(new LoopStep.Store(0, to)), List.of(), "bad"));
        one("view ", new LoopStep(new int[]{8}, 0, 1, List.of(load), List.of(),
                List.of(new LoopStep.Reduction(0, Reducer.SUM, view(y, 8, 0))), "bad"));
        int z = plan.slot(DType.INT32, new double[8]);
        one("matmul of integers",
                new MatMulStep(new int[0], 1, 1, 1, view(x, 0, 1, 1), view(y, 0, 1, 1), view(z, 0, 1, 1), false, "bad"));
        one("view ", scatter(z, view(x, 6, 2, 1), Optional.empty()));
        one("view ", scatter(z, view(x, 0, 2, 1), Optional.of(view(y, 6, 2, 1))));
        one("base of a scatter", scatter(z, view(x, 0, 2, 1), Optional.of(view(y, 0, 1, 2))));
    }

    private ScatterStep scatter(int index, View source, Optional<View> base) {
        return new ScatterStep(2, 2, 2, view(index, 0, 1), source, base, view(y, 0, 2, 1), "bad");
    }

    private void body(String message, Instr... body) {
        one(message, new LoopStep(new int[]{8}, 1, 1, List.of(body), List.of(new LoopStep.Store(body.length - 1, view(y, 0, 1))),
                List.of(), "bad"));
    }

    private void one(String message, Step bad) {
        plan.steps.clear();
        plan.steps.add(bad);
        String said = refused(plan.plan());
        assertTrue(said.startsWith("plan: " + message) && said.endsWith(" in the step of bad"), said);
    }

    /** Rows of two values in the arena may lie beside each other, and not across each other. */
    @Test
    void refusesRowsThatLieAcrossOthers() {
        plan.steps.add(copy(new int[]{4, 8}, view(x, 0, 0, 1), view(2, 0, 8, 1)));
        plan.steps.add(copy(new int[]{4, 8}, view(3, 0, 8, 1), view(y, 0, 0, 1)));
        for (long offset : new long[]{64, 128}) {
            List<Slot> slots = new ArrayList<>(plan.plan().slots());
            slots.add(new Slot(DType.FLOAT32, 32, new Slot.Place.Arena(0), "a"));
            slots.add(new Slot(DType.FLOAT32, 32, new Slot.Place.Arena(offset), "b"));
            Plan both = new Plan(slots, List.of(plan.steps.getFirst(), readOnly(plan.steps.getLast())),
                    List.of(new RowRun(0, 4, List.of(0, 0))), 256, 2);
            if (offset == 128) {
                PlanCheck.check(both);
            } else {
                assertTrue(refused(both).startsWith("plan: rows of a run: "));
            }
        }
    }

    /** The same without its store. */
    private static LoopStep readOnly(Step step) {
        LoopStep loop = (LoopStep) step;
        return new LoopStep(loop.domain(), loop.reduceFrom(), loop.reduceTo(), loop.body(), List.of(), List.of(), loop.origin());
    }
}
