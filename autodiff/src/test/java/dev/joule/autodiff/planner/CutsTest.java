package dev.joule.autodiff.planner;

import static dev.joule.autodiff.Functions.softplus;
import static dev.joule.autodiff.Noise.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import org.junit.jupiter.api.Test;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.View;

/** One domain as another whose axes are shorter. */
class CutsTest {
    @Test
    void axesAreCutWhereTheSizesAllowIt() {
        Cuts cuts = Cuts.of(new int[]{12, 5}, new int[]{2, 3, 2, 5}).orElseThrow();
        assertArrayEquals(new int[]{2, 3, 2, 5}, cuts.domain());
        assertEquals(List.of(0, 3, 4), List.of(cuts.axis(0), cuts.axis(1), cuts.axis(2)));
        assertEquals(Optional.empty(), Cuts.of(new int[]{6, 4}, new int[]{4, 6}));
        assertEquals(Optional.empty(), Cuts.of(new int[]{6}, new int[]{2, 3, 2}));
        assertEquals(Optional.empty(), Cuts.of(new int[]{2, 3}, new int[]{6}));
        assertEquals(Optional.empty(), Cuts.of(new int[]{6, 5}, new int[]{6}));
    }

    @Test
    void stridesAndReducedAxesFollow() {
        LoopStep coarse = new LoopStep(new int[]{12, 5}, 1, 2,
                List.of(new Instr.Load(DType.FLOAT32, new View(0, 7, new long[]{10, 2}))), List.of(), List.of(), "a test");
        LoopStep fine = Cuts.of(coarse.domain(), 0, 3, 4).loop(coarse);
        assertArrayEquals(new int[]{3, 4, 5}, fine.domain());
        assertEquals(List.of(2, 3), List.of(fine.reduceFrom(), fine.reduceTo()));
        assertTrue(
                fine.body().getFirst() instanceof Instr.Load(_, View view) && view.same(new View(0, 7, new long[]{40, 10, 2})));
    }

    /** An axis of one element becomes none; a sum over it is then one over nothing. */
    @Test
    void oneElementIsAScalar() {
        Expr x = normal(1), sum = x.mul(3).sum(0), other = x.squeeze(0).mul(2);
        for (Device device : List.of(Devices.reference(), Devices.cpu(2))) {
            try (Store store = new Store(device, 1);
                    Program program = Program.of(store,
                            Planner.plan(List.of(sum, other), List.of(), Set.of(Pass.INLINE, Pass.FUSE)))) {
                program.run();
                assertEquals(program.scalar(other) / 2, program.scalar(sum) / 3, 1e-6);
            }
        }
    }

    /** Here the layer is computed as [6, 4, 8], and its product with a vector as [24, 8]. */
    @Test
    void aProductWithAVectorIsPartOfTheLayersLoop() {
        Expr x = normal(6, 4, 8), hidden = softplus(x.matmul(normal(8, 8)));
        Plan plan = Planner.plan(List.of(hidden, hidden.matmul(normal(8, 1))), List.of(), Pass.ALL).plan();
        assertTrue(plan.steps().stream().anyMatch(step -> step instanceof LoopStep loop && !loop.stores().isEmpty()
                && !loop.reductions().isEmpty()), plan.steps().toString());
    }
}
