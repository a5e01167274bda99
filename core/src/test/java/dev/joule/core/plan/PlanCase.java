package dev.joule.core.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ObjLongConsumer;

import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.Execution;
import dev.joule.core.Shape;
import dev.joule.core.Tensor;
import dev.joule.core.memory.Buffer;

/** A plan over external tensors with given contents, run on several devices whose results are compared. */
public final class PlanCase {
    private static final long SEED = 20_240_607_123L;

    public final List<Step> steps = new ArrayList<>();
    public final List<RowRun> runs = new ArrayList<>();
    private final List<Slot> slots = new ArrayList<>();
    private final List<double[]> contents = new ArrayList<>();

    /** A slot with these elements; its number. */
    public int slot(DType dtype, double... elements) {
        int number = slots.size();
        slots.add(new Slot(dtype, elements.length, new Slot.Place.External(number), "t" + number));
        contents.add(elements);
        return number;
    }

    /** A slot of random numbers from one side of zero or both, none smaller than a half. */
    public int random(DType dtype, int count, boolean signed, Random random) {
        return slot(dtype, random.doubles(count, 0.5, 2).map(x -> signed && random.nextBoolean() ? -x : x).toArray());
    }

    public Plan plan() {
        return new Plan(slots, steps, runs, 0, slots.size());
    }

    /** All tensors after some runs. */
    public double[][] run(Device device, long times) {
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < slots.size(); i++) {
            tensors.add(Tensor.of(slots.get(i).dtype(), Shape.of((int) slots.get(i).count()), contents.get(i)));
        }
        try (Execution execution = device.prepare(plan(), tensors, SEED)) {
            execution.run(times);
            assertEquals(times, execution.clock());
            return tensors.stream().map(Tensor::toArray).toArray(double[][]::new);
        } finally {
            tensors.forEach(Tensor::close);
        }
    }

    /** A random plan for each of some seeds, on the cpu. */
    public static void checkCpu(int seeds, double float32Tolerance, ObjLongConsumer<PlanCase> adder) {
        for (long seed : Seeds.of(seeds)) {
            PlanCase plan = new PlanCase();
            adder.accept(plan, seed);
            plan.checkCpu(Seeds.option(seed), float32Tolerance);
        }
    }

    /** The cpu device agrees with the reference, and with itself to the bit for 1, 2 and 3 threads. */
    public void checkCpu(String name, double float32Tolerance) {
        double[][] one = check(name, float32Tolerance, Devices.cpu(1));
        for (int threads = 2; threads <= 3; threads++) {
            same(name + " with " + threads + " threads", one, run(Devices.cpu(threads), 1));
        }
    }

    /** A device agrees with the reference; its results. */
    public double[][] check(String name, double float32Tolerance, Device device) {
        double[][] expected = run(Devices.reference(), 1), actual = run(device, 1);
        for (int i = 0; i < expected.length; i++) {
            double tolerance = switch (slots.get(i).dtype()) {
                case FLOAT32 -> float32Tolerance;
                case FLOAT64 -> 1e-11;
                case INT32 -> 0;
            };
            assertClose(name + ", slot " + i + users(i), expected[i], actual[i], tolerance);
        }
        assertEquals(0, Buffer.live(), name + ": open buffers");
        return actual;
    }

    /** Results are equal to the bit. */
    public void same(String name, double[][] some, double[][] others) {
        for (int i = 0; i < some.length; i++) {
            assertArrayEquals(some[i], others[i], name + " differs in slot " + i + users(i));
        }
    }

    /** The steps that write a slot. */
    private String users(int slot) {
        return " of "
                + steps.stream().filter(step -> Written.by(step).stream().anyMatch(written -> written.view().slot() == slot))
                        .map(Step::toString).toList();
    }

    /** Differences are measured against the largest finite number of the array. */
    private static void assertClose(String name, double[] expected, double[] actual, double tolerance) {
        double scale = 1;
        for (double x : expected) {
            scale = Double.isFinite(x) ? Math.max(scale, Math.abs(x)) : scale;
        }
        for (int i = 0; i < expected.length; i++) {
            boolean close = Double.compare(expected[i], actual[i]) == 0 || Math.abs(expected[i] - actual[i]) <= tolerance * scale;
            assertEquals(true, close, name + ": element " + i + " is " + actual[i] + " instead of " + expected[i]);
        }
    }
}
