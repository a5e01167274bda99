package dev.joule.core.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import dev.joule.core.DType;
import dev.joule.core.cuda.schedule.Schedule;
import dev.joule.core.cuda.text.ModuleText;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomLoop;
import dev.joule.core.plan.RandomProduct;
import dev.joule.core.plan.RandomRows;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Unary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Generated kernels, compiled by NVIDIA's compiler where there is one: it needs no GPU. */
class NvccTest {
    private static final int LOOPS = 60;
    private static final int ROWS = 20;

    @TempDir
    Path folder;

    private static boolean present() {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(path -> Files.isExecutable(Path.of(path, "nvcc")));
    }

    private void compile(String source) throws IOException, InterruptedException {
        Path from = Files.writeString(folder.resolve("kernels.cu"), source), said = folder.resolve("said");
        int status = new ProcessBuilder("nvcc", "-std=c++17", "-arch=sm_90", "-fmad=false", "-cubin", "-Werror", "all-warnings",
                "-diag-suppress", "177", "-o",
                folder.resolve("kernels.cubin").toString(), from.toString()).redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start().waitFor();
        assertEquals(0, status, () -> {
            try {
                return Files.readString(said) + source;
            } catch (IOException e) {
                return e.toString();
            }
        });
    }

    private static ModuleText module(PlanCase plan) {
        ModuleText module = new ModuleText();
        Schedule.of(plan.plan()).kernels(module);
        Schedule.oneByOne(plan.plan()).kernels(module);
        return module;
    }

    /** One loop with every scalar function that a type has. */
    private static void everything(PlanCase plan, DType dtype) {
        View x = new View(plan.slot(dtype, new double[64]), 0, new long[]{1});
        List<Instr> body = new ArrayList<>(List.of(new Instr.Load(dtype, x), new Instr.Const(dtype, -1.5)));
        for (Unary op : Unary.values()) {
            if (dtype.isReal() || op.onIntegers()) {
                body.add(new Instr.Map(dtype, op, 0));
            }
        }
        for (Binary op : Binary.values()) {
            if (dtype.isReal() || op.onIntegers()) {
                body.add(new Instr.Zip(dtype, op, 0, 1));
            }
        }
        for (DType other : DType.values()) {
            body.add(new Instr.Cast(other, 0));
        }
        if (dtype.isReal()) {
            body.add(new Instr.Random(dtype, new Draw.Normal(), 1, x));
            body.add(new Instr.Random(dtype, new Draw.Uniform(), 2, x));
        } else {
            body.add(new Instr.Random(dtype, new Draw.Integers(9), 3, x));
        }
        body.add(new Instr.Select(dtype, 0, 1, 2));
        body.add(new Instr.Index(dtype, x));
        List<LoopStep.Store> stores = new ArrayList<>();
        for (int register = 0; register < body.size(); register++) {
            stores.add(new LoopStep.Store(register,
                    new View(plan.slot(body.get(register).dtype(), new double[64]), 0, new long[]{1})));
        }
        plan.steps.add(new LoopStep(new int[]{64}, 1, 1, body, stores, List.of(), "everything"));
    }

    @Test
    void everyKindOfStepCompiles() throws IOException, InterruptedException {
        assumeTrue(present(), "nvcc is not on the PATH");
        PlanCase plan = new PlanCase();
        for (DType dtype : DType.values()) {
            everything(plan, dtype);
        }
        for (long seed = 1; seed <= LOOPS; seed++) {
            RandomLoop.addTo(plan, seed);
        }
        RandomProduct.addScatterTo(plan, 1);
        RandomProduct.addScatterTo(plan, 2);
        for (long seed = 1; seed <= ROWS; seed++) {
            RandomRows.addTo(plan, seed);
        }
        compile(module(plan).source());
    }

    @Test
    void eachFileIsCompleteInItself() throws IOException, InterruptedException {
        assumeTrue(present(), "nvcc is not on the PATH");
        PlanCase plan = new PlanCase();
        RandomLoop.addTo(plan, 3);
        RandomProduct.addScatterTo(plan, 1);
        for (Map.Entry<String, String> file : module(plan).files().entrySet()) {
            compile(file.getValue());
        }
    }
}
