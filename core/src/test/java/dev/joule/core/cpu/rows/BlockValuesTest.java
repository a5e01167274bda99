package dev.joule.core.cpu.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;

/** Which values move to a worker's own memory, and how they lie there: of [3, 10, 4], with the 10 as rows and 6 of them a block. */
class BlockValuesTest {
    private static final int[] DOMAIN = {3, 10, 4};
    private static final int INPUT = 0, WITHIN = 1, AFTER = 2, SUM = 3;

    private static View view(int slot) {
        return new View(slot, 0, new long[]{40, 4, 1});
    }

    private static LoopStep map(int from, int to) {
        return new LoopStep(DOMAIN, 3, 3,
                List.of(new Instr.Load(DType.FLOAT32, view(from)), new Instr.Map(DType.FLOAT32, Unary.EXP, 0)),
                List.of(new LoopStep.Store(1, view(to))), List.of(), "a test");
    }

    private static Slot arena(long offset) {
        return new Slot(DType.FLOAT32, 120, new Slot.Place.Arena(offset), "value");
    }

    private static Plan plan() {
        List<Slot> slots = List.of(new Slot(DType.FLOAT32, 120, new Slot.Place.External(0), "input"), arena(0), arena(512),
                new Slot(DType.FLOAT32, 1, new Slot.Place.Arena(1024), "sum"));
        Step sum = new LoopStep(DOMAIN, 0, 3, List.of(new Instr.Load(DType.FLOAT32, view(AFTER))), List.of(),
                List.of(new LoopStep.Reduction(0, Reducer.SUM, new View(SUM, 0, new long[3]))), "a test");
        return new Plan(slots, List.of(map(INPUT, WITHIN), map(WITHIN, AFTER), sum), List.of(new RowRun(0, 10, List.of(1, 1))),
                1088, 1);
    }

    @Test
    void onlyWhatNobodyElseTouchesMoves() {
        Plan plan = plan();
        BlockValues own = new BlockValues(plan, plan.runs().getFirst(), 6);
        assertEquals(Optional.of(new Shift(80, true)), own.shift(WITHIN), "3 * 6 * 4 elements, in whole lines of 16");
        for (int other : new int[]{INPUT, AFTER, SUM}) {
            assertEquals(Optional.empty(), own.shift(other));
            assertTrue(own.view(view(other)).same(view(other)));
        }
    }

    @Test
    void turnsComeCloserTogether() {
        Plan plan = plan();
        BlockValues own = new BlockValues(plan, plan.runs().getFirst(), 6);
        assertTrue(own.view(view(WITHIN)).same(new View(WITHIN, 0, new long[]{24, 4, 1})));
        View backwards = new View(WITHIN, 2 * 40 + 4 + 3, new long[]{-40, 4, 0});
        assertTrue(own.view(backwards).same(new View(WITHIN, 2 * 24 + 4 + 3, new long[]{-24, 4, 0})));
    }
}
