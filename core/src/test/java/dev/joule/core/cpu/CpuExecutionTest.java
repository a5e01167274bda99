package dev.joule.core.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;

import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.Execution;
import dev.joule.core.Shape;
import dev.joule.core.Tensor;
import dev.joule.core.memory.Buffer;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.NonFinite;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An execution's life: many runs, failures, interruptions, closing. */
class CpuExecutionTest {
    private static final DType F = DType.FLOAT32;
    private static final int N = 100_000;

    @AfterEach
    void nothingIsLeftOpen() {
        assertEquals(0, Buffer.live());
        assertEquals(0, Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().startsWith("joule-cpu")).count());
    }

    private static View view(int slot, long... strides) {
        return new View(slot, 0, strides);
    }

    private static LoopStep loop(int count, List<Instr> body, LoopStep.Store... stores) {
        return new LoopStep(new int[]{count}, 1, 1, body, List.of(stores), List.of(), "here");
    }

    /** x += normal, then sum = sum of x, then x /= (1 + sum * 0). */
    private static Plan walk() {
        return new Plan(List.of(new Slot(F, N, new Slot.Place.External(0), "x"), new Slot(F, 1, new Slot.Place.Arena(0), "sum")),
                List.of(loop(N, List.of(new Instr.Load(F, view(0, 1)), new Instr.Random(F, new Draw.Normal(), 5, view(0, 1)),
                        new Instr.Zip(F, Binary.ADD, 0, 1)), new LoopStep.Store(2, view(0, 1))),
                        new LoopStep(new int[]{N}, 0, 1, List.of(new Instr.Load(F, view(0, 1))), List.of(),
                                List.of(new LoopStep.Reduction(0, Reducer.SUM, view(1, 0))), "sum"),
                        loop(1, List.of(new Instr.Load(F, view(1, 0)), new Instr.Map(F, Unary.TANH, 0)),
                                new LoopStep.Store(1, view(1, 0))),
                        loop(N, List.of(new Instr.Load(F, view(0, 1)), new Instr.Load(F, view(1, 0)),
                                new Instr.Zip(F, Binary.SUB, 0, 1)),
                                new LoopStep.Store(2, view(0, 1)))),
                64, 1);
    }

    private static double[] walk(int threads, long... runs) {
        try (Tensor x = Tensor.zeros(F, Shape.of(N)); Execution execution = Devices.cpu(threads).prepare(walk(), List.of(x), 7)) {
            for (long times : runs) {
                execution.run(times);
            }
            return x.toArray();
        }
    }

    /** Each tensor is closed at another moment of a run; who is at work on freed memory would crash, sooner or later. */
    @Test
    void aTensorThatIsClosedDuringARunStaysUntilItsEnd() throws InterruptedException {
        for (int i = 0; i < 50; i++) {
            Tensor x = Tensor.zeros(F, Shape.of(N));
            try (Execution execution = Devices.cpu(2).prepare(walk(), List.of(x), 7)) {
                Thread closing = Thread.ofPlatform().start(x::close);
                try {
                    execution.run(3);
                } catch (IllegalStateException e) {
                    assertEquals("this memory of 400000 bytes is closed", e.getMessage());
                }
                closing.join();
                assertThrows(IllegalStateException.class, () -> execution.run(1));
            }
        }
    }

    @Test
    void manyRunsAreTheSameWithAnyNumberOfThreadsAndInPieces() {
        double[] expected = walk(1, 200);
        for (int threads = 1; threads <= 4; threads++) {
            assertArrayEquals(expected, walk(threads, 200));
            assertArrayEquals(expected, walk(threads, 50, 1, 0, 149));
        }
    }

    @Test
    void aRewoundClockDrawsTheSameAgain() {
        try (Tensor x = Tensor.zeros(F, Shape.of(N)); Execution execution = Devices.cpu(2).prepare(walk(), List.of(x), 7)) {
            execution.run(3);
            double[] first = x.toArray();
            x.set(new double[N]);
            execution.rewind(0);
            execution.run(3);
            assertArrayEquals(first, x.toArray());
            assertEquals(3, execution.clock());
        }
    }

    @Test
    void aRowOutsideEndsTheRunOnAllWorkers() {
        double[] rows = new double[N];
        rows[N - 5] = 7;
        Step gather = loop(N, List.of(new Instr.Load(DType.INT32, view(0, 1)), new Instr.Gather(F, view(1, 0), 1, 5, 0)),
                new LoopStep.Store(1, view(2, 1)));
        Step after = loop(N, List.of(new Instr.Load(F, view(2, 1)), new Instr.Map(F, Unary.NEG, 0)),
                new LoopStep.Store(1, view(2, 1)));
        Plan plan = new Plan(List.of(new Slot(DType.INT32, N, new Slot.Place.External(0), "rows"),
                new Slot(F, 5, new Slot.Place.External(1), "table"), new Slot(F, N, new Slot.Place.External(2), "y")),
                List.of(gather, after, after), 0, 3);
        for (int threads = 1; threads <= 3; threads++) {
            try (Tensor index = Tensor.of(DType.INT32, Shape.of(N), rows);
                    Tensor table = Tensor.of(F, Shape.of(5), 1, 2, 3, 4, 5);
                    Tensor y = Tensor.zeros(F, Shape.of(N));
                    Execution execution = Devices.cpu(threads).prepare(plan, List.of(index, table, y), 1)) {
                for (int i = 0; i < 20; i++) {
                    assertEquals("gather: row 7 is outside of 0..4 (here)",
                            assertThrows(IndexOutOfBoundsException.class, () -> execution.run(3)).getMessage());
                }
                assertEquals(0, execution.clock());
                index.set(N - 5, 4);
                execution.run(1);
                assertEquals(5, y.get(N - 5));
                assertEquals(1, y.get(0));
            }
        }
    }

    @Test
    void aCheckedRunNamesTheStepThatFirstWroteNaN() {
        try (Tensor x = Tensor.zeros(F, Shape.of(N)); Execution execution = Devices.cpu(2).prepare(walk(), List.of(x), 7)) {
            assertEquals(Optional.empty(), execution.runChecked());
            x.set(77, Double.POSITIVE_INFINITY);
            assertEquals(Optional.of(new NonFinite.Found(0, OptionalInt.empty())), execution.runChecked());
            x.set(78, Double.NaN);
            assertEquals(Optional.of(new NonFinite.Found(0, OptionalInt.empty())), execution.runChecked());
            assertEquals(3, execution.clock());
        }
    }

    @Test
    void aClosedProgramDoesNotRun() {
        try (Tensor x = Tensor.zeros(F, Shape.of(N))) {
            Execution execution = Devices.cpu(2).prepare(walk(), List.of(x), 7);
            execution.close();
            execution.close();
            assertEquals("this program is closed",
                    assertThrows(IllegalStateException.class, () -> execution.run(1)).getMessage());
        }
    }

    @Test
    void aClosedTensorIsAnExceptionAndNoCrash() {
        Tensor x = Tensor.zeros(F, Shape.of(N));
        try (Execution execution = Devices.cpu(2).prepare(walk(), List.of(x), 7)) {
            x.close();
            assertThrows(IllegalStateException.class, () -> execution.run(1));
        }
    }

    @Test
    void anInterruptEndsTheRunsBehindAWholeOne() {
        double[] expected = walk(2, 30);
        try (Tensor x = Tensor.zeros(F, Shape.of(N)); Execution execution = Devices.cpu(2).prepare(walk(), List.of(x), 7)) {
            Thread.currentThread().interrupt();
            assertThrows(CancellationException.class, () -> execution.run(30));
            assertTrue(Thread.interrupted());
            assertEquals(1, execution.clock());
            execution.run(29);
            assertArrayEquals(expected, x.toArray());
        }
    }

    @Test
    void severalProgramsShareADevice() throws InterruptedException {
        Device device = Devices.cpu(2);
        double[] expected = walk(1, 40);
        double[][] results = new double[3][];
        Thread[] threads = new Thread[results.length];
        for (int i = 0; i < threads.length; i++) {
            int number = i;
            threads[i] = Thread.ofPlatform().start(() -> {
                try (Tensor x = Tensor.zeros(F, Shape.of(N)); Execution execution = device.prepare(walk(), List.of(x), 7)) {
                    for (int run = 0; run < 40; run++) {
                        execution.run(1);
                    }
                    results[number] = x.toArray();
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        for (double[] result : results) {
            assertArrayEquals(expected, result);
        }
    }

    @Test
    void subnormalsAreFlushedOnTheWorkersOnly() {
        Plan plan = new Plan(List.of(new Slot(F, 1, new Slot.Place.External(0), "x")),
                List.of(loop(1,
                        List.of(new Instr.Load(F, view(0, 0)), new Instr.Const(F, 0.5), new Instr.Zip(F, Binary.MUL, 0, 1)),
                        new LoopStep.Store(2, view(0, 0)))),
                0, 1);
        try (Tensor x = Tensor.of(F, Shape.SCALAR, Float.MIN_NORMAL);
                Execution execution = Devices.cpu(1).prepare(plan, List.of(x), 1)) {
            execution.run(1);
            boolean flushes = System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64");
            assertEquals(flushes ? 0 : Float.MIN_NORMAL / 2, x.get(0));
            float half = (float) x.get(0) + Float.MIN_NORMAL;
            assertTrue(half * 0.5f > 0, "the caller's thread keeps subnormals");
        }
    }

    @Test
    void devicesAreFoundByName() {
        assertEquals("cpu", Devices.byName("cpu", 1).name());
        assertEquals("reference", Devices.byName("reference", 1).name());
        assertEquals("unknown device \"gpu\": use cpu, cuda, cuda:1 …, cuda-emulated or reference",
                assertThrows(IllegalArgumentException.class, () -> Devices.byName("gpu", 1)).getMessage());
        assertTrue(Devices.all().stream().map(Devices.Status::name).toList().containsAll(
                List.of("cpu", "cuda", "cuda-emulated", "reference")));
    }
}
