package dev.joule.core.cpu;

import java.util.List;

import dev.joule.core.Device;
import dev.joule.core.Execution;
import dev.joule.core.Tensor;
import dev.joule.core.cpu.memory.Native;
import dev.joule.core.cpu.product.FloatProduct;
import dev.joule.core.cpu.work.Workers;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.PlanCheck;

/**
 * The processor: OpenBLAS for products, the Vector API for loops, and threads that share the work. The threads exist while
 * any of the device's executions is open.
 */
public final class CpuDevice implements Device {
    private static final int MOST_THREADS = 1024;

    private final int threads;
    private Workers workers;
    private int executions;

    /** @throws IllegalStateException if the JVM lacks what this device needs; it says which flags to pass */
    public CpuDevice(int threads) {
        if (threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException("cpu: " + threads + " threads, and there can be 1 to " + MOST_THREADS);
        }
        CpuSupport.require();
        this.threads = threads;
        WarmUp.start();
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        return threads + (threads == 1 ? " thread" : " threads") + ", vectors of " + 8 * Native.VECTOR_BYTES
                + " bits, " + (FloatProduct.isPossible() ? "machine code, " : "") + "OpenBLAS";
    }

    @Override
    public boolean readsWindows() {
        return FloatProduct.isPossible();
    }

    @Override
    public Execution prepare(Plan plan, List<Tensor> externals, long seed) {
        PlanCheck.check(plan, externals);
        return new CpuExecution(plan, externals, seed, this);
    }

    /** The workers, for one more execution. */
    synchronized Workers hire() {
        if (workers == null) {
            workers = new Workers(threads);
        }
        executions++;
        return workers;
    }

    /** One execution fewer; the last one sends the workers home. */
    synchronized void dismiss() {
        executions--;
        if (executions == 0) {
            workers.close();
            workers = null;
        }
    }
}
