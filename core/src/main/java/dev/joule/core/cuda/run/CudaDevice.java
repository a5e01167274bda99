package dev.joule.core.cuda.run;

import java.util.List;
import java.util.stream.LongStream;

import dev.joule.core.Device;
import dev.joule.core.Execution;
import dev.joule.core.Tensor;
import dev.joule.core.cuda.driver.DeviceException;
import dev.joule.core.cuda.driver.Driver;
import dev.joule.core.cuda.driver.KernelCache;
import dev.joule.core.cuda.schedule.Schedule;
import dev.joule.core.cuda.schedule.Spread;
import dev.joule.core.memory.Buffer;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.PlanCheck;

/**
 * A GPU, through a driver. Programs run one after the other; a tensor that one of them uses has a copy on the device until it is closed,
 * and moves only when the side that it is needed on has the older one.
 */
public final class CudaDevice implements Device, AutoCloseable {
    private final String name;
    private final Driver driver;
    private final KernelCache cache;
    private final DeviceMemory memory;
    private final Scope scope = new Scope();
    private final long main;
    private final long[] streams;

    public CudaDevice(String name, Driver driver, KernelCache cache) {
        this.name = name;
        this.driver = scope.add(driver);
        this.cache = cache;
        this.memory = scope.add(new DeviceMemory(driver));
        try {
            main = stream();
            streams = LongStream.range(0, Schedule.STREAMS).map(_ -> stream()).toArray();
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    private long stream() {
        long bytes = driver.workspaceBytes();
        long stream = driver.openStream(bytes == 0 ? 0 : memory.allocate(bytes, "workspaces of cuBLAS"));
        scope.add(() -> driver.closeStream(stream));
        return stream;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return driver.description();
    }

    @Override
    public Execution prepare(Plan plan, List<Tensor> externals, long seed) {
        PlanCheck.check(plan, externals);
        return new CudaExecution(Spread.of(plan), externals, seed, this);
    }

    Driver driver() {
        return driver;
    }

    DeviceMemory memory() {
        return memory;
    }

    /** For graphs, single steps and copies: nothing is captured on it, so that one program can run while another is prepared. */
    long main() {
        return main;
    }

    /** What a schedule puts on its stream {@code number} is captured here; a capture begins and ends on the first. */
    long stream(int number) {
        return streams[number];
    }

    byte[] compile(String source) {
        return cache.get(source, driver.kernelKind(), () -> driver.compile(source));
    }

    /** A tensor's copy here. @throws IllegalArgumentException if it has one on another GPU */
    DeviceCopy copyOf(Buffer buffer, String label) {
        DeviceCopy copy = (DeviceCopy) buffer
                .twin(() -> new DeviceCopy(this, memory.allocate(buffer.bytes(), "tensor " + label)));
        if (copy.device() != this) {
            throw new IllegalArgumentException(name + ": tensor " + label + " is in use on " + copy.device().name()
                    + "; a tensor can be on one GPU at a time");
        }
        return copy;
    }

    /** Ends the use of the device, and frees what is left of its memory; programs on it must be closed before. */
    @Override
    public void close() {
        try {
            scope.close();
        } catch (RuntimeException e) {
            throw new DeviceException(name + ": " + e.getMessage(), e);
        }
    }
}
