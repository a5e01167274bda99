package dev.joule.core.cpu;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.joule.core.DType;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;

/**
 * Shows the JIT compiler the loops that most training steps spend their time in, while the caller is still busy with expressions and
 * plans: before it has compiled them, each vector operation makes objects, and a first step takes half a second longer.
 */
final class WarmUp {
    private static final int LENGTH = 512;
    private static final int ROWS = 8, COLUMNS = 72, DEPTH = 64;   // a wide panel and a narrow one
    private static final int MOST = ROWS * COLUMNS + DEPTH * COLUMNS;
    /** A round that is as quick as this one consists of compiled code: 14 loops and 10 products, together 10 to 20 µs. */
    private static final long COMPILED = 60_000;
    private static final long GIVES_UP = 1_000_000_000;
    private static final List<Unary> MAPS = List.of(Unary.NEG, Unary.SQRT, Unary.EXP, Unary.LOG, Unary.SOFTPLUS,
            Unary.SATURATION);
    private static final List<Binary> ZIPS = List.of(Binary.ADD, Binary.SUB, Binary.MUL, Binary.DIV, Binary.LESS);
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
            long begin = System.nanoTime(), start, end = begin;
            do {
                start = end;
                round(a, b, c, scratch);
                end = System.nanoTime();
            } while (end - start > COMPILED && end - begin < GIVES_UP);
        }
    }

    private static void round(long a, long b, long c, long scratch) {
        for (int i = 0; i < 10 && FloatProduct.isQuick(); i++) {
            FloatProduct.multiply(ROWS, COLUMNS, DEPTH, a, 4 * DEPTH, 4, b, 4 * COLUMNS, c, 4 * COLUMNS, i % 2 == 1, scratch);
        }
        for (Unary op : MAPS) {
            FloatLoops.map(op).run(a, -1, c, LENGTH);
        }
        for (Binary op : ZIPS) {
            FloatLoops.zip(op).run(a, -1, b, 0, c, LENGTH);
        }
        FloatLoops.select(a, -1, b, -1, b, -1, c, LENGTH);
        Reductions.combine(DType.FLOAT32, Reducer.SUM, a, 1, 8, 64, 64, c, new float[Native.LANES]);
        Strided.copyInts(a, 4, c, 4, LENGTH);
    }
}
