package dev.joule.benchmarks;

import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Noise.normal;

import java.util.Arrays;
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
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.core.Devices;

/** Products a b, m x n x k, of a training step (in which a's rows are a batch), and larger ones that OpenBLAS does. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class Products {
    @Param({"128x128x128", "640x128x128", "640x128x2", "128x128x640", "4352x200x200", "17408x256x256", "2048x2048x2048"})
    public String size;

    private Store store;
    private Program program;

    @Setup(Level.Trial)
    public void compile() {
        int[] sizes = Arrays.stream(size.split("x")).mapToInt(Integer::parseInt).toArray();
        Expr a = variable("a", normal(sizes[0], sizes[2])), b = variable("b", normal(sizes[2], sizes[1]));
        Expr c = variable("c", normal(sizes[0], sizes[1]));
        store = new Store(Devices.cpu(), 0);
        program = Program.compile(store, List.of(), List.of(new Update(c, a.matmul(b))));
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
