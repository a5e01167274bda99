package dev.joule.core.cpu.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import dev.joule.core.DType;
import dev.joule.core.Devices;
import dev.joule.core.cpu.memory.Native;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.cpu.vector.FloatLoop;
import dev.joule.core.cpu.vector.FloatLoops;
import dev.joule.core.cpu.vector.LoopCompiler;
import dev.joule.core.cpu.vector.LoopShape;
import dev.joule.core.cpu.vector.LoopWriter;
import dev.joule.core.cpu.vector.RandomShape;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomLoop;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Unary;
import dev.joule.core.plan.Seeds;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Loops of several functions give what their parts give, to the bit. */
class FusedLoopTest {
    private static final int LENGTH = 5 * Native.LANES;

    @AfterEach
    void asUsual() {
        System.clearProperty(FusedLoop.AFTER);
    }

    @Test
    void straightLinesOfFunctions() {
        for (long seed : Seeds.of(100)) {
            Random random = Seeds.random(seed);
            LoopShape shape = RandomShape.of(random, 4, 8, Integer.MAX_VALUE);
            try (Arena arena = Arena.ofConfined()) {
                int operands = shape.operands().size();
                long[] at = IntStream.range(0, operands + shape.calls().size())
                        .mapToLong(_ -> arena.allocate(4L * LENGTH, 64).address()).toArray();
                for (int k = 0; k < operands; k++) {
                    for (int i = 0; i < LENGTH; i++) {
                        Raw.putFloat(at[k] + 4L * i, (float) (4 * random.nextGaussian()));
                    }
                }
                for (int c = 0; c < shape.calls().size(); c++) {
                    LoopShape.Call call = shape.calls().get(c);
                    int[] values = IntStream.concat(call.values().stream().mapToInt(v -> v), IntStream.of(operands + c))
                            .toArray();
                    int[] masks = call.values().stream()
                            .mapToInt(v -> v < operands && shape.operands().get(v) == LoopShape.Operand.STAYS ? 0 : -1).toArray();
                    FloatLoops.of(call.function()).run(at, values, masks, LENGTH);
                }
                long[] whole = at.clone();
                shape.results().forEach(result -> whole[result] = arena.allocate(4L * LENGTH, 64).address());
                int[] values = IntStream.concat(IntStream.range(0, operands), shape.results().stream().mapToInt(r -> r))
                        .toArray();
                LoopWriter.write(shape).run(whole, values, null, LENGTH);
                for (int result : shape.results()) {
                    for (int i = 0; i < LENGTH; i++) {
                        assertEquals(Raw.getFloat(at[result] + 4L * i), Raw.getFloat(whole[result] + 4L * i),
                                "element " + i + " of value " + result + " of " + shape + " (-Djoule.seed=" + seed + ")");
                    }
                }
            }
        }
    }

    @Test
    void loopsOfPlans() {
        for (long seed : Seeds.of(100)) {
            PlanCase plan = new PlanCase();
            RandomLoop.addTo(plan, seed);
            System.setProperty(FusedLoop.AFTER, "-1");
            double[][] parts = plan.run(Devices.cpu(2), 1);
            System.setProperty(FusedLoop.AFTER, "0");
            plan.same(Seeds.option(seed), parts, plan.run(Devices.cpu(2), 1));
        }
    }

    /** The sine has a loop of its own, so what it takes and what comes behind it are two loops, and one needs a value of the other. */
    @Test
    void aValueThatIsNeededBehindItsLoop() {
        PlanCase plan = new PlanCase();
        View x = new View(plan.random(DType.FLOAT32, 5000, true, new Random(3)), 0, new long[]{1});
        View y = new View(plan.slot(DType.FLOAT32, new double[5000]), 0, new long[]{1});
        List<Instr> body = List.of(new Instr.Load(DType.FLOAT32, x), new Instr.Map(DType.FLOAT32, Unary.NEG, 0),
                new Instr.Map(DType.FLOAT32, Unary.EXP, 1), new Instr.Map(DType.FLOAT32, Unary.SIN, 2),
                new Instr.Zip(DType.FLOAT32, Binary.MUL, 3, 1), new Instr.Zip(DType.FLOAT32, Binary.ADD, 4, 2));
        plan.steps.add(new LoopStep(new int[]{5000}, 1, 1, body, List.of(new LoopStep.Store(5, y)), List.of(), "two loops"));
        System.setProperty(FusedLoop.AFTER, "0");
        plan.checkCpu("two loops", 1e-6);
    }

    @Test
    void aLoopIsQuickAfterSomeTime() {
        LoopShape shape = new LoopShape(List.of(LoopShape.Operand.WALKS, LoopShape.Operand.STAYS),
                List.of(new LoopShape.Call("mul", List.of(0, 1)), new LoopShape.Call("exp", List.of(2))), List.of(3));
        assertTrue(shape.length() > 20);
        FloatLoop quick = LoopCompiler.whenQuick(shape).orTimeout(60, TimeUnit.SECONDS).join();
        assertEquals(FloatLoops.of(shape), quick);
        assertEquals(quick, LoopCompiler.ifQuick(shape));
    }

    @Test
    void whatIsNoNumberOfTilesIsRefused() {
        System.setProperty(FusedLoop.AFTER, "soon");
        String message = assertThrows(IllegalArgumentException.class, () -> new FusedLoop(null, null, null)).getMessage();
        assertEquals("joule.loops.after: \"soon\" is not a number of tiles, such as 1000", message);
    }
}
