package dev.joule.benchmarks;

import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Noise.normal;

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

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.core.Devices;

/** Element-wise loops y = f(x) by size: in the caches, and beyond them. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class Loops {
    @Param({"add", "exp", "softplus", "sigmoid", "normal"})
    public String function;

    @Param({"16384", "262144", "16777216"})
    public int count;

    private Store store;
    private Program program;

    @Setup(Level.Trial)
    public void compile() {
        Expr x = variable("x", normal(count)), y = variable("y", normal(count));
        Expr value = switch (function) {
            case "add" -> x.add(1);
            case "exp" -> Functions.exp(x);
            case "softplus" -> Functions.softplus(x);
            case "sigmoid" -> Functions.sigmoid(x);
            default -> normal(count);
        };
        store = new Store(Devices.cpu(), 0);
        program = Program.compile(store, List.of(), List.of(new Update(y, value)));
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
}
