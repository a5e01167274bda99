package dev.joule.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.core.Devices;
import dev.joule.examples.Step;

/** From the written loss to the end of the first step, in a warm JVM: expression, gradient, plan, tasks, one run. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class Compile {
    @Param({"ed", "sm", "cd"})
    public String loss;

    @Benchmark
    public double firstStep() {
        Step step = Step.of(loss);
        try (Store store = new Store(Devices.cpu(), 0);
                Program program = Program.compile(store, List.of(step.loss()), step.updates())) {
            program.run();
            return program.scalar(step.loss());
        }
    }
}
