package dev.joule.core.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.joule.core.DType;
import dev.joule.core.Execution;
import dev.joule.core.Shape;
import dev.joule.core.Tensor;
import dev.joule.core.cuda.driver.DeviceException;
import dev.joule.core.cuda.driver.KernelCache;
import dev.joule.core.cuda.run.CudaDevice;
import dev.joule.core.memory.Buffer;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the driver is asked, in which order, and what is left open when it fails. */
class CudaExecutionTest {
    private static final DType F = DType.FLOAT32;
    private static final int N = 16;

    @TempDir
    Path folder;

    private RecordingDriver driver = new RecordingDriver();

    @AfterEach
    void nothingIsLeftOpen() {
        assertEquals(0, Buffer.live());
    }

    private static View matrix(int slot) {
        return new View(slot, 0, new long[]{N, 1});
    }

    private static MatMulStep product(int a, int b, int c) {
        return new MatMulStep(new int[0], N, N, N, matrix(a), matrix(b), matrix(c), false, "matmul");
    }

    /** p = x x and q = y y, which may overlap; then x = p + q, and the sum of that. */
    private static Plan plan() {
        return new Plan(
                List.of(new Slot(F, N * N, new Slot.Place.External(0), "x"), new Slot(F, N * N, new Slot.Place.External(1), "y"),
                        new Slot(F, N * N, new Slot.Place.Arena(0), "p"), new Slot(F, N * N, new Slot.Place.Arena(1024), "q"),
                        new Slot(F, 1, new Slot.Place.External(2), "sum")),
                List.of(product(0, 0, 2), product(1, 1, 3),
                        new LoopStep(new int[]{N, N}, 0, 2,
                                List.of(new Instr.Load(F, matrix(2)), new Instr.Load(F, matrix(3)),
                                        new Instr.Zip(F, Binary.ADD, 0, 1)),
                                List.of(new LoopStep.Store(2, matrix(0))),
                                List.of(new LoopStep.Reduction(2, Reducer.SUM, new View(4, 0, new long[]{0, 0}))),
                                "add at Mine.java:9")),
                2048, 3);
    }

    private interface Use {
        void of(CudaDevice device, Execution execution, List<Tensor> tensors);
    }

    private void use(Use use) {
        List<Tensor> tensors = new ArrayList<>();
        try (CudaDevice device = new CudaDevice("cuda", driver, new KernelCache(folder.resolve("cache" + driver.failing)))) {
            try {
                tensors.add(Tensor.zeros(F, Shape.of(N, N)));
                tensors.add(Tensor.zeros(F, Shape.of(N, N)));
                tensors.add(Tensor.zeros(F, Shape.SCALAR));
                try (Execution execution = device.prepare(plan(), tensors, 7)) {
                    use.of(device, execution, tensors);
                }
            } finally {
                close(tensors);
            }
        }
    }

    /** All of them, also if the device cannot free the copy of one. */
    private static void close(List<Tensor> tensors) {
        try (Scope scope = new Scope()) {
            tensors.forEach(scope::add);
        }
    }

    @Test
    void aRunIsOneGraphAndOnlyWhatChangedIsMoved() {
        use((_, execution, tensors) -> {
            driver.calls.clear();
            execution.run(2);
            assertEquals(
                    List.of("upload 900 1024", "upload d00 1024", "upload 1100 4", "launch graph0 on s0", "launch graph0 on s0",
                            "download 1200 32"),
                    driver.calls);
            driver.calls.clear();
            tensors.get(2).get(0);
            tensors.get(2).get(0);
            execution.run(1);
            assertEquals(List.of("download 1100 4", "launch graph0 on s0", "download 1200 32"), driver.calls);
            driver.calls.clear();
            tensors.get(1).set(5, 1);
            execution.run(1);
            assertEquals(List.of("upload d00 1024", "launch graph0 on s0", "download 1200 32"), driver.calls);
            assertEquals(4, execution.clock());
        });
        assertEquals(Map.of(), driver.open);
    }

    @Test
    void aReadDuringARunIsNotTheLast() {
        use((_, execution, tensors) -> {
            driver.meanwhile = () -> tensors.get(2).get(0);
            execution.run(1);
            driver.calls.clear();
            tensors.get(2).get(0);
            execution.run(1);
            assertEquals(List.of("download 1100 4", "launch graph0 on s0", "download 1100 4", "download 1200 32"), driver.calls);
        });
    }

    @Test
    void aTraceWaitsOnceForAllItsRuns() {
        use((_, execution, tensors) -> {
            execution.run(1);
            driver.calls.clear();
            assertEquals(2, execution.trace(2, tensors.get(2)).length);
            assertEquals(List.of("allocate 8", "launch graph0 on s0", "copy 1300 1100 4 on s0", "launch graph0 on s0",
                    "copy 1304 1100 4 on s0", "download 1200 32", "download 1300 8", "free 1300"), driver.calls);
            assertEquals(3, execution.clock());
        });
    }

    @Test
    void aTensorThatIsClosedDuringARunStaysUntilItsEnd() {
        use((_, execution, tensors) -> {
            driver.meanwhile = () -> tensors.get(0).close();
            execution.run(1);
            assertEquals(List.of("launch graph0 on s0", "download 1200 32", "free 900"),
                    driver.calls.subList(driver.calls.size() - 3, driver.calls.size()));
            assertThrows(IllegalStateException.class, () -> execution.run(1));
        });
        assertEquals(Map.of(), driver.open);
    }

    /** Who writes what a run is writing has lost it. */
    @Test
    void aWriteDuringARunDoesNotOverwriteItsResult() {
        use((_, execution, tensors) -> {
            driver.meanwhile = () -> tensors.get(0).set(0, 1);
            execution.run(1);
            driver.meanwhile = () -> {
            };
            driver.calls.clear();
            execution.run(1);
            assertEquals(List.of("launch graph0 on s0", "download 1200 32"), driver.calls);
        });
    }

    @Test
    void rewindingSetsTheClockThereToo() {
        use((_, execution, _) -> {
            execution.run(3);
            driver.calls.clear();
            execution.rewind(1);
            assertEquals(List.of("upload 1200 32"), driver.calls);
            assertEquals(1, execution.clock());
        });
    }

    /** None of them is s0, where graphs run and copies are made, perhaps during the capture. */
    @Test
    void independentProductsAreOnStreamsOfTheirOwn() {
        use((_, _, _) -> assertEquals(
                List.of("begin capture on s1", "open event", "record e0 on s1", "s2 awaits e0",
                        "multiply 16 16 16 on s1: 900 900 100", "open event", "record e1 on s1",
                        "multiply 16 16 16 on s2: d00 d00 500", "s2 awaits e1",
                        "launch k0 on s2, 1 blocks: 1200 100 500 900 1100", "launch tick on s1, 1 blocks: 1200", "open event",
                        "record e2 on s2", "s1 awaits e2", "end capture", "close e2", "close e1", "close e0"),
                driver.calls.subList(driver.calls.indexOf("begin capture on s1"), driver.calls.size())));
    }

    /** x = noise, y = -x, x = -y. */
    @Test
    void theClockMovesOnBesideWhatDrawsNothing() {
        View x = new View(0, 0, new long[]{1}), y = new View(1, 0, new long[]{1});
        Plan plan = new Plan(
                List.of(new Slot(F, 4, new Slot.Place.External(0), "x"), new Slot(F, 4, new Slot.Place.External(1), "y")),
                List.of(new LoopStep(new int[]{4}, 1, 1, List.of(new Instr.Random(F, new Draw.Normal(), 1, x)),
                        List.of(new LoopStep.Store(0, x)), List.of(), "noise"),
                        new LoopStep(new int[]{4}, 1, 1, List.of(new Instr.Load(F, x), new Instr.Map(F, Unary.NEG, 0)),
                                List.of(new LoopStep.Store(1, y)), List.of(), "y"),
                        new LoopStep(new int[]{4}, 1, 1, List.of(new Instr.Load(F, y), new Instr.Map(F, Unary.NEG, 0)),
                                List.of(new LoopStep.Store(1, x)), List.of(), "x")),
                0, 2);
        try (CudaDevice device = new CudaDevice("cuda", driver, new KernelCache(folder.resolve("cache")));
                Tensor first = Tensor.zeros(F, Shape.of(4));
                Tensor second = Tensor.zeros(F, Shape.of(4));
                Execution _ = device.prepare(plan, List.of(first, second), 7)) {
            List<String> captured = driver.calls.subList(driver.calls.indexOf("begin capture on s1") + 1,
                    driver.calls.indexOf("end capture"));
            assertEquals(
                    List.of("launch k0 on s1", "open event", "record e0 on s1", "launch k1 on s1", "launch k1 on s1",
                            "s4 awaits e0",
                            "launch tick on s4", "open event", "record e1 on s4", "s1 awaits e1"),
                    captured.stream().map(call -> call.replaceFirst(",.*", "")).toList());
        }
    }

    @Test
    void productsAreTriedBeforeTheyAreCaptured() {
        use((_, _, _) -> {
            int capture = driver.calls.indexOf("begin capture on s1");
            assertEquals(List.of("multiply 16 16 16 on s1: 900 900 100", "multiply 16 16 16 on s2: d00 d00 500", "synchronize s1",
                    "synchronize s2"), driver.calls.subList(capture - 4, capture));
        });
    }

    @Test
    void theWorkspacesOfProductsAreHeldMemoryToo() {
        driver.workspace = 1000;
        driver.memory = 6_000;
        String message = assertThrows(DeviceException.class, () -> use((_, _, _) -> {
        })).getMessage();
        assertEquals(
                "out of memory: arena of a program of 3 steps asks for 2048 bytes, 1000 bytes are free; held are 5000 bytes: "
                        + "workspaces of cuBLAS 5000 bytes",
                message);
        assertEquals(Map.of(), driver.open);
    }

    @Test
    void aClosedDeviceHasNoMemoryLeftAndTensorsThatAreClosedLaterDoNoHarm() {
        Tensor x = Tensor.zeros(F, Shape.of(N, N)), y = Tensor.zeros(F, Shape.of(N, N)), sum = Tensor.zeros(F, Shape.SCALAR);
        try (CudaDevice device = new CudaDevice("cuda", driver, new KernelCache(folder.resolve("cache")))) {
            device.prepare(plan(), List.of(x, y, sum), 7).close();
        }
        assertEquals(Map.of(), driver.open);
        close(List.of(x, y, sum));
    }

    @Test
    void theClockOnTheDeviceIsSetBackWhenARunFails() {
        use((_, execution, _) -> {
            execution.run(1);
            driver.calls.clear();
            driver.failing = driver.count() + 2;
            assertThrows(DeviceException.class, () -> execution.run(3));
            assertEquals(List.of("launch graph0 on s0", "launch graph0 on s0", "synchronize s0", "upload 1200 32"), driver.calls);
            assertEquals(1, execution.clock());
        });
    }

    @Test
    void whatIsMissingElsewhereIsExplainedToo() {
        use((_, _, _) -> driver.failing = driver.calls.indexOf("end capture") + 1);
        int failing = driver.failing;
        driver = new RecordingDriver();
        driver.failing = failing;
        driver.failure = "cuGraphInstantiate: out of memory (CUDA_ERROR_OUT_OF_MEMORY)";
        driver.memory = 10_000;
        String message = assertThrows(DeviceException.class, () -> use((_, _, _) -> {
        })).getMessage();
        assertTrue(message.startsWith(driver.failure + "; ") && message.contains("bytes are free; held are ")
                && message.contains("arena of a program of 3 steps 2048 bytes"), message);
    }

    /** All that an execution can do; every call of the driver in it is made to fail once. */
    private void everything() {
        use((_, execution, tensors) -> {
            execution.run(2);
            execution.runChecked();
            execution.runTimed(2);
            execution.trace(2, tensors.get(2));
            execution.rewind(1);
            tensors.get(0).toArray();
        });
    }

    @Test
    void nothingIsLeftOpenWhereverACallFails() {
        everything();
        int calls = driver.calls.size();
        assertTrue(calls > 90, "calls: " + calls);
        for (int failing = 1; failing <= calls; failing++) {
            driver = new RecordingDriver();
            driver.failing = failing;
            DeviceException failure = assertThrows(DeviceException.class, this::everything, "call " + failing);
            String failed = "failed: " + driver.calls.get(failing - 1);
            assertTrue(failure.getMessage().contains(failed), failure.getMessage());
            assertEquals(Map.of(), driver.open, failed);
            assertEquals(0, Buffer.live(), failed);
        }
    }

    @Test
    void outOfMemoryTellsWhoHoldsIt() {
        driver.memory = 4_000;
        String message = assertThrows(DeviceException.class, () -> use((_, _, _) -> {
        })).getMessage();
        assertEquals("out of memory: tensor float32[16, 16] y asks for 1024 bytes, 928 bytes are free; held are 3072 bytes: "
                + "arena of a program of 3 steps 2048 bytes, tensor float32[16, 16] x 1024 bytes", message);
    }

    @Test
    void anErrorAppearsAtTheRunAndInDebugModeAtTheStep() {
        use((_, execution, _) -> {
            driver.failing = driver.calls.size() + 5;
            assertEquals("failed: download 1200 32 (-Djoule.cuda.debug=true tells in which step)",
                    assertThrows(DeviceException.class, () -> execution.run(1)).getMessage());
            assertEquals(0, execution.clock());
        });
        System.setProperty("joule.cuda.debug", "true");
        try {
            driver = new RecordingDriver();
            use((_, execution, _) -> {
                execution.run(1);
                driver.failing = driver.calls.size() + 6;
                assertEquals("step 2, add at Mine.java:9: failed: synchronize s0",
                        assertThrows(DeviceException.class, () -> execution.run(1)).getMessage());
            });
        } finally {
            System.clearProperty("joule.cuda.debug");
        }
    }

    /** A sum that blocks share. */
    private static Plan shared() {
        int count = 1 << 17;
        return new Plan(
                List.of(new Slot(F, count, new Slot.Place.External(0), "x"), new Slot(F, 1, new Slot.Place.External(1), "sum")),
                List.of(new LoopStep(new int[]{count}, 0, 1, List.of(new Instr.Load(F, new View(0, 0, new long[]{1}))), List.of(),
                        List.of(new LoopStep.Reduction(0, Reducer.SUM, new View(1, 0, new long[]{0}))), "sum")),
                0, 2);
    }

    /** Also that of steps one by one, however often they fail. */
    @Test
    void aProgramGivesItsScratchMemoryBack() {
        try (CudaDevice device = new CudaDevice("cuda", driver, new KernelCache(folder.resolve("cache")));
                Tensor x = Tensor.zeros(F, Shape.of(1 << 17));
                Tensor sum = Tensor.zeros(F, Shape.SCALAR)) {
            device.prepare(shared(), List.of(x, sum), 7).close();
            int without = driver.open.size();
            try (Execution execution = device.prepare(shared(), List.of(x, sum), 7)) {
                execution.runTimed(1);
            }
            assertEquals(without, driver.open.size());
            try (Execution execution = device.prepare(shared(), List.of(x, sum), 7)) {
                execution.run(1);
                int with = driver.open.size();
                driver.failing = driver.count() + 2;
                assertThrows(DeviceException.class, execution::runChecked);
                assertTrue(driver.calls.get(driver.failing - 1).startsWith("load"), driver.calls.get(driver.failing - 1));
                assertEquals(with, driver.open.size());
            }
        }
        assertEquals(Map.of(), driver.open);
    }
}
