package dev.joule.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.planner.Pass;
import dev.joule.autodiff.planner.Planner;
import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.examples.Step;

/** Whole training steps, as {@code ./joule bench} and the peers have them. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 6, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@State(Scope.Benchmark)
public class Steps {
    @Param({"ed", "sm", "cd", "latent", "ed-large"})
    public String loss;

    private Store store;
    private Program program;

    @Setup(Level.Trial)
    public void compile() {
        Device device = Devices.cpu();
        Step step = Step.of(loss, Step.Pool.of(loss, device));
        store = new Store(device, 0);
        program = Program.compile(store, List.of(step.loss()), step.updates());
    }

    @Benchmark
    public void run() {
        program.run();
    }

    @TearDown(Level.Trial)
    public void close() {
        program.close();
        store.close();
    }

    /** Of the products in a step. */
    static double flop(String loss) {
        Step step = Step.of(loss);
        return Planner.plan(List.of(step.loss()), step.updates(), Pass.ALL).plan().flop();
    }
}
