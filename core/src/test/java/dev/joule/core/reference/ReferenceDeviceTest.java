package dev.joule.core.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import dev.joule.core.DType;
import dev.joule.core.Execution;
import dev.joule.core.Shape;
import dev.joule.core.Tensor;
import dev.joule.core.memory.Buffer;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.NonFinite;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Plans so small that the numbers beside them were worked out by hand. */
class ReferenceDeviceTest {
    private static final DType F = DType.FLOAT32;

    @AfterEach
    void nothingIsLeftOpen() {
        assertEquals(0, Buffer.live());
    }

    private static View view(int slot, long... strides) {
        return new View(slot, 0, strides);
    }

    /** Runs one step over float32 tensors (the last one int32 if {@code index}), and gives back tensor 0. */
    private static double[] run(Step step, boolean index, double[]... contents) {
        List<Tensor> tensors = new java.util.ArrayList<>();
        List<Slot> slots = new java.util.ArrayList<>();
        for (int i = 0; i < contents.length; i++) {
            DType dtype = index && i == contents.length - 1 ? DType.INT32 : F;
            tensors.add(Tensor.of(dtype, Shape.of(contents[i].length), contents[i]));
            slots.add(new Slot(dtype, contents[i].length, new Slot.Place.External(i), "t" + i));
        }
        try (Execution execution = new ReferenceDevice().prepare(new Plan(slots, List.of(step), 0, slots.size()), tensors, 1)) {
            execution.run(1);
            return tensors.getFirst().toArray();
        } finally {
            tensors.forEach(Tensor::close);
        }
    }

    @Test
    void loopOverATransposedAndABroadcastArray() {
        // y[i, j] = x[j, i] + b[j]
        Step step = new LoopStep(new int[]{3, 2}, 2, 2,
                List.of(new Instr.Load(F, view(1, 1, 3)), new Instr.Load(F, view(2, 0, 1)), new Instr.Zip(F, Binary.ADD, 0, 1)),
                List.of(new LoopStep.Store(2, view(0, 2, 1))), List.of(), "test");
        assertArrayEquals(new double[]{11, 24, 12, 25, 13, 26},
                run(step, false, new double[6], new double[]{1, 2, 3, 4, 5, 6}, new double[]{10, 20}));
    }

    @Test
    void reductionOfTheMiddleAxis() {
        // sum over j of x[i, j, k], and the maximum behind it
        Step step = new LoopStep(new int[]{2, 3, 2}, 1, 2, List.of(new Instr.Load(F, view(1, 6, 2, 1))), List.of(),
                List.of(new LoopStep.Reduction(0, Reducer.SUM, view(0, 2, 0, 1)),
                        new LoopStep.Reduction(0, Reducer.MAX, new View(0, 4, new long[]{2, 0, 1}))),
                "test");
        assertArrayEquals(new double[]{9, 12, 27, 30, 5, 6, 11, 12},
                run(step, false, new double[8], new double[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
    }

    @Test
    void reductionOfNothingIsTheIdentity() {
        Step step = new LoopStep(new int[]{2, 0}, 1, 2, List.of(new Instr.Const(F, 1)), List.of(),
                List.of(new LoopStep.Reduction(0, Reducer.SUM, view(0, 1, 0)),
                        new LoopStep.Reduction(0, Reducer.MAX, new View(0, 2, new long[]{1, 0}))),
                "test");
        assertArrayEquals(new double[]{0, 0, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY},
                run(step, false, new double[]{7, 7, 7, 7}));
    }

    @Test
    void productWithATransposedOperandIsAddedOn() {
        // a = [[1, 2], [3, 4]] stored by columns, b = [[1], [10]], c = [100, 200] before
        Step step = new MatMulStep(new int[0], 2, 1, 2, view(1, 1, 2), view(2, 1, 1), view(0, 1, 1), true, "test");
        assertArrayEquals(new double[]{121, 243},
                run(step, false, new double[]{100, 200}, new double[]{1, 3, 2, 4}, new double[]{1, 10}));
    }

    @Test
    void gatherAndItsAdjoint() {
        double[] table = {1, 2, 3, 4, 5, 6};
        Step gather = new LoopStep(new int[]{2, 2}, 2, 2,
                List.of(new Instr.Load(DType.INT32, view(2, 1, 0)), new Instr.Gather(F, view(1, 0, 1), 2, 3, 0)),
                List.of(new LoopStep.Store(1, view(0, 2, 1))), List.of(), "here");
        assertArrayEquals(new double[]{5, 6, 1, 2}, run(gather, true, new double[4], table, new double[]{2, 0}));
        assertEquals("gather: row 3 is outside of 0..2 (here)", assertThrows(IndexOutOfBoundsException.class,
                () -> run(gather, true, new double[4], table, new double[]{3, 0})).getMessage());

        Step scatter = new ScatterStep(3, 2, 2, view(2, 1), view(1, 2, 1), Optional.empty(), view(0, 2, 1), "there");
        assertArrayEquals(new double[]{6, 8, 3, 4}, run(scatter, true, new double[]{9, 9, 9, 9}, table, new double[]{0, 1, 0}));
        assertEquals("scatterAdd: row -1 is outside of 0..1 (there)", assertThrows(IndexOutOfBoundsException.class,
                () -> run(scatter, true, new double[4], table, new double[]{0, -1, 0})).getMessage());
        Step replace = new ScatterStep(3, 2, 2, view(2, 1), view(1, 2, 1), Optional.of(view(0, 2, 1)), view(0, 2, 1), "there");
        assertArrayEquals(new double[]{5, 6, 9, 9}, run(replace, true, new double[]{9, 9, 9, 9}, table, new double[]{0, 0, 0}),
                "the last counts, and the other row stays");
        assertEquals("withRows: row 2 is outside of 0..1 (there)", assertThrows(IndexOutOfBoundsException.class,
                () -> run(replace, true, new double[4], table, new double[]{0, 2, 0})).getMessage());
    }

    @Test
    void aCheckedRunNamesTheStepWithTheFirstNaN() {
        // step 0: 1/0 = infinity; step 1: infinity - infinity = NaN
        Tensor x = Tensor.of(F, Shape.SCALAR, 0);
        Plan plan = new Plan(
                List.of(new Slot(F, 1, new Slot.Place.External(0), "x"), new Slot(F, 1, new Slot.Place.Arena(0), "y")),
                List.of(new LoopStep(new int[0], 0, 0, List.of(new Instr.Load(F, view(0)), new Instr.Map(F, Unary.RECIPROCAL, 0)),
                        List.of(new LoopStep.Store(1, view(1))), List.of(), "0"),
                        new LoopStep(new int[0], 0, 0, List.of(new Instr.Load(F, view(1)), new Instr.Zip(F, Binary.SUB, 0, 0)),
                                List.of(new LoopStep.Store(1, view(1))), List.of(), "1")),
                64, 1);
        try (x; Execution execution = new ReferenceDevice().prepare(plan, List.of(x), 1)) {
            assertEquals(Optional.of(new NonFinite.Found(1, OptionalInt.of(0))), execution.runChecked());
            x.set(2);
            assertEquals(Optional.empty(), execution.runChecked());
            assertEquals(2, execution.clock());
        }
    }
}
