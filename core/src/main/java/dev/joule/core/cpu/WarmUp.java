package dev.joule.core.cpu;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.joule.core.DType;
import dev.joule.core.cpu.loop.Reductions;
import dev.joule.core.cpu.loop.Strided;
import dev.joule.core.cpu.product.FloatProduct;
import dev.joule.core.cpu.product.Left;
import dev.joule.core.cpu.vector.FloatLoop;
import dev.joule.core.cpu.vector.FloatLoops;
import dev.joule.core.cpu.vector.VectorCode;
import dev.joule.core.scalar.Reducer;

/**
 * Runs the loops that most training steps spend their time in, while the caller is still busy with expressions and plans: the first
 * step finds them written, and compiled. Before the JIT compiler has compiled them, each vector operation of those in bytecode makes
 * objects, and a first step takes half a second longer.
 */
final class WarmUp {
    private static final int LENGTH = 512;
    private static final int ROWS = 16, COLUMNS = 72, DEPTH = 64;   // wide panels and a narrow one
    private static final int MOST = ROWS * COLUMNS + DEPTH * COLUMNS;
    /** A round that is as quick as this one consists of compiled code: 14 loops and 10 products, together 10 to 30 µs. */
    private static final long COMPILED = 60_000;
    private static final long GIVES_UP = 2_000_000_000;
    private static final List<String> FUNCTIONS = List.of("neg", "sqrt", "exp", "log", "softplus", "saturation", "add", "sub",
            "mul", "div", "less", "select");
    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private WarmUp() {
    }

    /** Once in a process, on a thread that nobody waits for. */
    static void start() {
        if (!STARTED.getAndSet(true)) {
            Thread.ofPlatform().daemon().name("joule-warm-up").start(WarmUp::run);
        }
    }

    private static void run() {
        try (Arena arena = Arena.ofConfined()) {
            long a = arena.allocate(4L * MOST, 64).address(), b = arena.allocate(4L * MOST, 64).address(),
                    c = arena.allocate(4L * MOST, 64).address(),
                    scratch = arena.allocate(FloatProduct.SCRATCH_BYTES, 64).address();
            List<Runnable> loops = FUNCTIONS.stream().map(function -> loop(function, a, c)).toList();
            long begin = System.nanoTime(), start, end = begin;
            do {
                start = end;
                loops.forEach(Runnable::run);
                round(a, b, c, scratch);
                end = System.nanoTime();
            } while (end - start > COMPILED && end - begin < GIVES_UP);
        }
    }

    private static Runnable loop(String function, long from, long to) {
        FloatLoop loop = FloatLoops.of(function);
        int arity = VectorCode.arity(function);
        long[] at = {from, to};
        int[] values = new int[arity + 1];
        values[arity] = 1;
        int[] masks = new int[arity];
        Arrays.fill(masks, -1);
        return () -> loop.run(at, values, masks, LENGTH);
    }

    private static void round(long a, long b, long c, long scratch) {
        Left left = Left.of(false, 4 * DEPTH, DEPTH);
        for (int i = 0; i < 10 && FloatProduct.isPossible(); i++) {
            FloatProduct.multiply(ROWS, COLUMNS, a, left, b, 4 * COLUMNS, c, 4 * COLUMNS, 0, i % 2 == 1, scratch);
        }
        Reductions.combine(DType.FLOAT32, Reducer.SUM, a, 1, 8, 64, 64, c);
        Strided.copyInts(a, 4, c, 4, LENGTH);
    }
}
