package dev.joule.core.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ObjLongConsumer;

import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.Execution;
import dev.joule.core.Shape;
import dev.joule.core.Tensor;
import dev.joule.core.cuda.driver.DeviceException;
import dev.joule.core.cuda.driver.EmulatedDriver;
import dev.joule.core.cuda.schedule.Schedule;
import dev.joule.core.cuda.schedule.Work;
import dev.joule.core.cuda.text.ModuleText;
import dev.joule.core.memory.Buffer;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomLoop;
import dev.joule.core.plan.RandomProduct;
import dev.joule.core.plan.RandomRows;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Seeds;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Generated kernels, compiled for the host, against the reference. One plan holds many loops, since each plan is compiled once. */
class EmulatedTest {
    private static final int AT_ONCE = 50;

    @AfterEach
    void nothingIsLeftOpen() {
        assertEquals(0, Buffer.live());
    }

    private static void check(int count, ObjLongConsumer<PlanCase> adder) {
        Device device = Emulated.require();
        long[] seeds = Seeds.of(count);
        for (int from = 0; from < seeds.length; from += AT_ONCE) {
            PlanCase plan = new PlanCase();
            for (long seed : Arrays.copyOfRange(seeds, from, Math.min(seeds.length, from + AT_ONCE))) {
                adder.accept(plan, seed);
            }
            double[][] results = plan.check(Seeds.option(seeds[from]), 2e-5, device);
            plan.same("a second run", results, plan.run(device, 1));
        }
    }

    @Test
    void randomLoopsAgreeWithTheReference() {
        check(300, RandomLoop::addTo);
    }

    /** Tall ones are shared by blocks; the width decides how many columns a thread takes. Both rows and columns are summed. */
    @Test
    void manyRowsAndFewColumnsAgreeWithTheReference() {
        Device device = Emulated.require();
        PlanCase plan = new PlanCase();
        Random random = new Random(1);
        for (DType dtype : List.of(F, DType.FLOAT64)) {
            for (int columns : new int[]{1, 2, 3, 4, 6, 8, 36, 128, 132}) {
                int rows = 700 + random.nextInt(600);
                Instr.Load load = new Instr.Load(dtype,
                        new View(plan.random(dtype, rows * columns, false, random), 0, new long[]{columns, 1}));
                List<Instr> twice = List.of(load, new Instr.Zip(dtype, Binary.ADD, 0, 0));
                LoopStep.Store store = new LoopStep.Store(1,
                        new View(plan.slot(dtype, new double[rows * columns]), 0, new long[]{columns, 1}));
                View ofColumns = new View(plan.slot(dtype, new double[columns]), 0, new long[]{0, 1}),
                        largest = new View(plan.slot(dtype, new double[columns]), 0, new long[]{0, 1}),
                        ofAll = new View(plan.slot(dtype, 0), 0, new long[]{0, 0}),
                        twiceAll = new View(plan.slot(dtype, 0), 0, new long[]{0, 0});
                plan.steps.add(new LoopStep(new int[]{rows, columns}, 0, 1, twice, List.of(store),
                        List.of(new LoopStep.Reduction(1, Reducer.SUM, ofColumns),
                                new LoopStep.Reduction(1, Reducer.MAX, largest)),
                        "columns"));
                plan.steps.add(new LoopStep(new int[]{rows, columns}, 0, 2, twice, List.of(),
                        List.of(new LoopStep.Reduction(0, Reducer.SUM, ofAll), new LoopStep.Reduction(1, Reducer.SUM, twiceAll)),
                        "all"));
            }
        }
        double[][] results = plan.check("tall", 2e-5, device);
        plan.same("a second run", results, plan.run(device, 1));
    }

    @Test
    void randomProductsAgreeWithTheReference() {
        check(250, RandomProduct::addTo);
    }

    @Test
    void randomScatteredSumsAgreeWithTheReference() {
        check(40, RandomProduct::addScatterTo);
    }

    @Test
    void rowsThatABlockTakesThroughAllStepsAgreeWithTheReference() {
        check(150, RandomRows::addTo);
        // two lanes for the depth of a product: the fewest that meet
        check(16, (plan, seed) -> RandomRows.addTo(plan, Seeds.random(seed), F, 16, 4, 128, 8));
        PlanCase plan = new PlanCase();
        for (long seed = 1; seed <= 150; seed++) {
            RandomRows.addTo(plan, seed);
        }
        long kernels = Schedule.of(plan.plan()).launches().stream().filter(launch -> launch.work() instanceof Work.Rows).count();
        assertTrue(kernels > 100, "of 150 runs, " + kernels + " are kernels");
    }

    private static final DType F = DType.FLOAT32;

    /** x = x + 1 over four elements. */
    private static Plan increment() {
        View x = new View(0, 0, new long[]{1});
        return new Plan(List.of(new Slot(F, 4, new Slot.Place.External(0), "x")),
                List.of(new LoopStep(new int[]{4}, 1, 1,
                        List.of(new Instr.Load(F, x), new Instr.Const(F, 1), new Instr.Zip(F, Binary.ADD, 0, 1)),
                        List.of(new LoopStep.Store(2, x)), List.of(), "add")),
                0, 1);
    }

    /** A sum that blocks share when steps are done one by one, but not within a kernel of rows. */
    @Test
    void stepsOneByOneHaveScratchMemoryOfTheirOwn() {
        int rows = 128, height = 512, width = 64;
        Plan plan = new Plan(
                List.of(new Slot(F, rows * width, new Slot.Place.External(0), "sum"),
                        new Slot(F, rows * width, new Slot.Place.External(1), "y")),
                List.of(new LoopStep(new int[]{rows, height, width}, 1, 2, List.of(new Instr.Const(F, 2)), List.of(),
                        List.of(new LoopStep.Reduction(0, Reducer.SUM, new View(0, 0, new long[]{width, 0, 1}))), "sum"),
                        new LoopStep(new int[]{rows, width}, 2, 2,
                                List.of(new Instr.Load(F, new View(0, 0, new long[]{width, 1}))),
                                List.of(new LoopStep.Store(0, new View(1, 0, new long[]{width, 1}))), List.of(), "copy")),
                List.of(new RowRun(0, rows, List.of(0, 0))), 0, 2);
        assertEquals(0, Schedule.of(plan).scratch()[2]);
        assertTrue(Schedule.oneByOne(plan).scratch()[2] > 0);
        try (Tensor sum = Tensor.zeros(F, Shape.of(rows, width));
                Tensor y = Tensor.zeros(F, Shape.of(rows, width));
                Execution execution = Emulated.require().prepare(plan, List.of(sum, y), 0)) {
            execution.run(1);
            assertEquals(1024, y.get(rows * width - 1));
            y.set(rows * width - 1, 0);
            assertTrue(execution.runChecked().isEmpty());
            assertEquals(1024, y.get(rows * width - 1));
        }
    }

    @Test
    void aTensorMovesToWhereItIsUsed() {
        try (Tensor x = Tensor.of(F, Shape.of(4), 1, 2, 3, 4);
                Execution there = Emulated.require().prepare(increment(), List.of(x), 0);
                Execution here = Devices.cpu(1).prepare(increment(), List.of(x), 0)) {
            there.run(2);
            here.run(3);
            there.run(1);
            assertArrayEquals(new double[]{7, 8, 9, 10}, x.toArray());
            x.set(0, 100);
            there.run(1);
            here.run(1);
            assertArrayEquals(new double[]{102, 10, 11, 12}, x.toArray());
        }
    }

    @Test
    void aTensorIsOnOneGpuAtATime() {
        try (Tensor x = Tensor.zeros(F, Shape.of(4)); Execution one = Emulated.require().prepare(increment(), List.of(x), 0)) {
            one.run(1);
            assertEquals("cuda-emulated: tensor float32[4] x is in use on cuda-emulated; a tensor can be on one GPU at a time",
                    assertThrows(IllegalArgumentException.class,
                            () -> Emulated.require().prepare(increment(), List.of(x), 0)).getMessage());
        }
    }

    @Test
    void aRowOutsideEndsTheRuns() {
        View row = new View(0, 0, new long[]{0}), y = new View(2, 0, new long[]{0});
        Plan gather = new Plan(
                List.of(new Slot(DType.INT32, 1, new Slot.Place.External(0), "row"),
                        new Slot(F, 5, new Slot.Place.External(1), "table"),
                        new Slot(F, 1, new Slot.Place.External(2), "y")),
                List.of(new LoopStep(new int[]{1}, 1, 1,
                        List.of(new Instr.Load(DType.INT32, row), new Instr.Gather(F, new View(1, 0, new long[]{0}), 1, 5, 0)),
                        List.of(new LoopStep.Store(1, y)), List.of(), "here")),
                0, 3);
        try (Tensor index = Tensor.of(DType.INT32, Shape.SCALAR, 7);
                Tensor table = Tensor.of(F, Shape.of(5), 1, 2, 3, 4, 5);
                Tensor result = Tensor.zeros(F, Shape.SCALAR);
                Execution execution = Emulated.require().prepare(gather, List.of(index, table, result), 0)) {
            for (int i = 0; i < 2; i++) {
                assertEquals("gather: row 7 is outside of 0..4 (here)",
                        assertThrows(IndexOutOfBoundsException.class, () -> execution.run(3)).getMessage());
                assertEquals(0, execution.clock());
            }
            index.set(0, 4);
            execution.run(1);
            assertEquals(5, result.get(0));
        }
    }

    @Test
    void aClosedProgramDoesNotRunAndAClosedTensorIsAnException() {
        Tensor x = Tensor.zeros(F, Shape.of(4));
        Execution execution = Emulated.require().prepare(increment(), List.of(x), 0);
        x.close();
        assertThrows(IllegalStateException.class, () -> execution.run(1));
        execution.close();
        execution.close();
        assertEquals("this program is closed", assertThrows(IllegalStateException.class, () -> execution.run(1)).getMessage());
    }

    @Test
    void theDeviceIsFoundByName() {
        assertEquals("cuda-emulated", Devices.byName(Emulated.require().name(), 1).name());
    }

    /** Some warps, some threads of each warp, or all but one. */
    @Test
    void threadsThatDoNotMeetAreAnError() {
        Emulated.require();
        for (String some : List.of("if (threadIdx.x >= 32) __syncthreads();", "if (threadIdx.x % 2 == 0) __syncthreads();",
                "if (threadIdx.x != 255) __ballot_sync(ALL_LANES, 1);",
                "if (threadIdx.x < 16) __syncthreads(); else __ballot_sync(ALL_LANES, 1);", "")) {
            EmulatedDriver driver = new EmulatedDriver();
            long module = driver.load(driver.compile(ModuleText.PRELUDE
                    + "extern \"C\" __global__ void __launch_bounds__(THREADS) k0(const Arguments<1> args) {\n" + some
                    + "\n}\n"));
            try {
                Executable launch = () -> driver.launch(0, driver.function(module, "k0"), 1, new long[1]);
                if (some.isEmpty()) {
                    assertDoesNotThrow(launch);
                } else {
                    assertThrows(DeviceException.class, launch, some);
                }
            } finally {
                driver.unload(module);
            }
        }
    }

    /** Nor do words that were shown before such an error confuse the warps of the next kernel: who sees other votes waits here alone. */
    @Test
    void afterThreadsThatDidNotMeetKernelsRunAsBefore() {
        Emulated.require();
        EmulatedDriver driver = new EmulatedDriver();
        String head = "extern \"C\" __global__ void __launch_bounds__(THREADS) ";
        long module = driver.load(driver.compile(ModuleText.PRELUDE
                + head + "k0(const Arguments<1> args) {\nif (threadIdx.x != 255) __ballot_sync(ALL_LANES, 1);\n}\n"
                + head + "k1(const Arguments<1> args) {\nif (__ballot_sync(ALL_LANES, 1) != 0xffffffffu) __syncthreads();\n}\n"));
        try {
            assertThrows(DeviceException.class, () -> driver.launch(0, driver.function(module, "k0"), 1, new long[1]));
            assertDoesNotThrow(() -> driver.launch(0, driver.function(module, "k1"), 1, new long[1]));
        } finally {
            driver.unload(module);
        }
    }

    /** x = x + 1 with the sum of that over all rows, then y = -x. */
    @Test
    void whatALoopOverwritesAndSumsItOverwritesOnce() {
        PlanCase plan = new PlanCase();
        int rows = 64, width = 4;
        View x = new View(plan.slot(F, new double[rows * width]), 0, new long[]{width, 1}),
                y = new View(plan.slot(F, new double[rows * width]), 0, new long[]{width, 1}),
                sum = new View(plan.slot(F, 0), 0, new long[]{0, 0});
        plan.steps.add(new LoopStep(new int[]{rows, width}, 0, 2,
                List.of(new Instr.Load(F, x), new Instr.Const(F, 1), new Instr.Zip(F, Binary.ADD, 0, 1)),
                List.of(new LoopStep.Store(2, x)), List.of(new LoopStep.Reduction(2, Reducer.SUM, sum)), "x"));
        plan.steps.add(new LoopStep(new int[]{rows, width}, 2, 2, List.of(new Instr.Load(F, x), new Instr.Map(F, Unary.NEG, 0)),
                List.of(new LoopStep.Store(1, y)), List.of(), "y"));
        plan.runs.add(new RowRun(0, rows, List.of(0, 0)));
        assertTrue(Schedule.of(plan.plan()).launches().getFirst().work() instanceof Work.Rows);
        plan.check("in place", 0, Emulated.require());
    }

    /** The rows are the second axis of the batch; matrices, depth and columns with gaps between them, and weights for each of the first axis. */
    @Test
    void rowsWithinABatchAndWithGapsAgreeWithTheReference() {
        PlanCase plan = new PlanCase();
        Random random = new Random(1);
        for (int rows : new int[]{16, 520}) {
            for (int[] mnk : new int[][]{{1, 1, 66}, {2, 6, 66}, {5, 20, 37}, {4, 8, 64}, {1, 130, 12}}) {
                for (int pad = 0; pad < 3; pad++) {
                    for (boolean transposed : new boolean[]{false, true}) {
                        int m = mnk[0], n = mnk[1], k = mnk[2], lk = k + pad, ln = n + pad;
                        long[] ofX = {(long) rows * m * lk, (long) m * lk, lk, 1},
                                ofC = {(long) rows * m * ln, (long) m * ln, ln, 1};
                        View x = new View(plan.random(F, 3 * rows * m * lk, true, random), 0, ofX),
                                w = new View(plan.random(F, 3 * (k + 2) * (n + 2) + 4, true, random), pad * 2,
                                        transposed ? new long[]{(k + 2L) * n, 0, 1, lk} : new long[]{(n + 2L) * k, 0, ln, 1}),
                                c = new View(plan.random(F, 3 * rows * m * ln, true, random), 0, ofC),
                                y = new View(plan.slot(F, new double[3 * rows * m * ln]), 0, ofC);
                        int first = plan.steps.size();
                        plan.steps.add(new LoopStep(new int[]{3, rows, m, k}, 4, 4,
                                List.of(new Instr.Random(F, new Draw.Normal(), pad,
                                        new View(0, 0, new long[]{(long) rows * m * k, (long) m * k, k, 1}))),
                                List.of(new LoopStep.Store(0, x)), List.of(), "x"));
                        plan.steps.add(new MatMulStep(new int[]{3, rows}, m, n, k, x, w, c, pad == 1, "product"));
                        plan.steps.add(new LoopStep(new int[]{3, rows, m, n}, 4, 4,
                                List.of(new Instr.Load(F, c), new Instr.Map(F, Unary.NEG, 0)),
                                List.of(new LoopStep.Store(1, y)), List.of(), "y"));
                        plan.runs.add(new RowRun(first, rows, List.of(1, 1, 1)));
                    }
                }
            }
        }
        long kernels = Schedule.of(plan.plan()).launches().stream().filter(launch -> launch.work() instanceof Work.Rows).count();
        assertEquals(60, kernels);
        plan.check("within", 2e-5, Emulated.require());
    }
}
