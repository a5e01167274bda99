package dev.joule.benchmarks;

import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** What all cores together can do at best: multiply and add in registers, and copy what is too large for any cache. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
@State(Scope.Benchmark)
public class Ceilings {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final int TURNS = 4_000_000, CHAINS = 12, COUNT = 32 << 20;

    static final double FLOP = 2.0 * TURNS * CHAINS * FLOATS.length() * CORES;
    /** Read and written. */
    static final double BYTES = 2.0 * 4 * COUNT;

    private float[] from;
    private float[] to;

    @Setup(Level.Trial)
    public void allocate() {
        from = new float[COUNT];
        to = new float[COUNT];
    }

    @Benchmark
    public float multiplyAdd() throws InterruptedException {
        float[] results = new float[CORES];
        inParallel(core -> results[core] = chains());
        return results[0];
    }

    private static float chains() {
        FloatVector x = FloatVector.broadcast(FLOATS, 0.999f), y = FloatVector.broadcast(FLOATS, 1e-3f);
        FloatVector a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int turn = 0; turn < TURNS; turn++) {
            a = a.fma(x, y);
            b = b.fma(x, y);
            c = c.fma(x, y);
            d = d.fma(x, y);
            e = e.fma(x, y);
            f = f.fma(x, y);
            g = g.fma(x, y);
            h = h.fma(x, y);
            i = i.fma(x, y);
            j = j.fma(x, y);
            k = k.fma(x, y);
            l = l.fma(x, y);
        }
        return a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k).add(l).lane(0);
    }

    @Benchmark
    public float copy() throws InterruptedException {
        inParallel(core -> {
            int first = (int) ((long) COUNT * core / CORES), end = (int) ((long) COUNT * (core + 1) / CORES);
            System.arraycopy(from, first, to, first, end - first);
        });
        return to[COUNT / 2];
    }

    private interface Part {
        void run(int core);
    }

    private static void inParallel(Part part) throws InterruptedException {
        Thread[] threads = new Thread[CORES];
        for (int core = 0; core < CORES; core++) {
            int number = core;
            threads[core] = Thread.ofPlatform().start(() -> part.run(number));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
