package dev.joule.core.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import dev.joule.core.DType;
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
}
