package dev.joule.core.cpu.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Reducer;
import org.junit.jupiter.api.Test;

/** When the loop that wants a sum makes it as it goes, and what becomes of that loop. */
class ShareTest {
    private static final View SUM = new View(0, 0, new long[]{3, 1}), OTHER = new View(1, 0, new long[]{3, 1});
    private static final Slot SHARES = new Slot(DType.FLOAT32, 12, new Slot.Place.External(-1), "shares");

    private static Plan plan(Step... steps) {
        Slot arena = new Slot(DType.FLOAT32, 6, new Slot.Place.Arena(0), "sum");
        Slot outside = new Slot(DType.FLOAT32, 6, new Slot.Place.External(0), "other");
        return new Plan(List.of(arena, outside), List.of(steps), 24, 1);
    }

    private static Share share(View target, Reducer reducer, int count) {
        Slot memory = new Slot(DType.FLOAT32, 6 * count, SHARES.place(), "shares");
        return new Share(target, new int[]{2, 3}, reducer, count, memory, 0, "a sum");
    }

    private static LoopStep loop(int[] domain, View from) {
        return new LoopStep(domain, domain.length, domain.length, List.of(new Instr.Load(DType.FLOAT32, from)),
                List.of(new LoopStep.Store(0, OTHER)), List.of(), "copy");
    }

    @Test
    void oneLoopThatTakesEachElementOnce() {
        LoopStep copy = loop(new int[]{2, 3}, SUM);
        assertTrue(share(SUM, Reducer.SUM, 2).isForOneLoop(plan(copy), 0));
        assertFalse(share(SUM, Reducer.SUM, 2).isForOneLoop(plan(copy, copy), 0), "two loops");
        assertTrue(share(SUM, Reducer.SUM, 2).isForOneLoop(plan(copy, copy), 1), "one of them behind the run");
        assertFalse(share(SUM, Reducer.SUM, 2).isForOneLoop(plan(), 0), "none");
        assertFalse(share(SUM, Reducer.MAX, 2).isForOneLoop(plan(copy), 0), "not a sum");
        assertFalse(share(SUM, Reducer.SUM, 9).isForOneLoop(plan(copy), 0), "many shares");
        LoopStep broadcast = loop(new int[]{5, 2, 3}, new View(0, 0, new long[]{0, 3, 1}));
        assertFalse(share(SUM, Reducer.SUM, 2).isForOneLoop(plan(broadcast), 0), "each element five times");
    }

    @Test
    void notWhatOthersSeeOrAddTo() {
        LoopStep copy = loop(new int[]{2, 3}, SUM);
        MatMulStep adds = new MatMulStep(new int[0], 2, 3, 1, OTHER, OTHER, SUM, true, "product");
        assertFalse(share(SUM, Reducer.SUM, 2).isForOneLoop(plan(adds, copy), 0), "a product adds to it");
        assertFalse(share(OTHER, Reducer.SUM, 2).isForOneLoop(plan(loop(new int[]{2, 3}, OTHER)), 0), "a tensor from outside");
        LoopStep gather = new LoopStep(new int[]{2, 3}, 2, 2,
                List.of(new Instr.Const(DType.INT32, 0),
                        new Instr.Gather(DType.FLOAT32, new View(0, 0, new long[]{0, 0}), 1, 6, 0)),
                List.of(new LoopStep.Store(1, OTHER)), List.of(), "rows");
        assertFalse(share(SUM, Reducer.SUM, 2).isForOneLoop(plan(gather), 0), "a loop that takes any element of it");
        Plan longer = new Plan(
                List.of(new Slot(DType.FLOAT32, 7, new Slot.Place.Arena(0), "sum and more"), plan().slots().get(1)),
                List.of(copy), 64, 1);
        assertFalse(share(SUM, Reducer.SUM, 2).isForOneLoop(longer, 0), "a part of what lies there");
        View transposed = new View(0, 0, new long[]{1, 2});
        assertFalse(share(transposed, Reducer.SUM, 2).isForOneLoop(plan(copy), 0), "shares lie in another order");
    }

    @Test
    void theLoopLoadsAllSharesAndAddsThemUp() {
        Plan spread = share(SUM, Reducer.SUM, 2).spread(plan(loop(new int[]{2, 3}, SUM)), 0);
        assertEquals(SHARES, spread.slots().getLast());
        LoopStep loop = (LoopStep) spread.steps().getFirst();
        assertEquals("[Load[dtype=float32, view=#2[3, 1]], Load[dtype=float32, view=#2+6[3, 1]], "
                + "Zip[dtype=float32, op=ADD, a=0, b=1]]", loop.body().toString());
        assertEquals(2, loop.stores().getFirst().register());
    }
}
