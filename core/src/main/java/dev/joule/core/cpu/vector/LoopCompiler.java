package dev.joule.core.cpu.vector;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import dev.joule.core.cpu.memory.Native;

/**
 * Gets loops ready while others do their work: on a thread of its own, which writes a loop and runs it on memory of its own until
 * the JIT compiler has compiled it. Before that, each vector operation makes objects, and the loop is slower than its parts are.
 */
public final class LoopCompiler {
    private static final int VECTORS = 8;
    /** A vector operation of compiled code takes 0.3 to 5 ns; one that makes an object, 20 and more. */
    private static final long COMPILED = 3;
    private static final long GIVES_UP = 10_000_000_000L;
    private static final Map<LoopShape, CompletableFuture<FloatLoop>> LOOPS = new ConcurrentHashMap<>();
    private static final Executor THREAD = new ThreadPoolExecutor(0, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
            task -> Thread.ofPlatform().daemon().name("joule-loop-compiler").unstarted(task));

    private LoopCompiler() {
    }

    /** The loop, once it is quick. If the JIT compiler does not make it quick, that is never. */
    public static CompletableFuture<FloatLoop> whenQuick(LoopShape shape) {
        return LOOPS.computeIfAbsent(shape, _ -> {
            CompletableFuture<FloatLoop> loop = new CompletableFuture<>();
            THREAD.execute(() -> compile(shape, loop));
            return loop;
        });
    }

    /** The loop if it is quick already, else null. */
    public static FloatLoop ifQuick(LoopShape shape) {
        CompletableFuture<FloatLoop> loop = LOOPS.get(shape);
        return loop == null ? null : loop.getNow(null);
    }

    private static void compile(LoopShape shape, CompletableFuture<FloatLoop> whenQuick) {
        FloatLoop loop = FloatLoops.of(shape);
        int[] values = IntStream.range(0, shape.operands().size() + shape.results().size()).toArray();
        int[] masks = new int[shape.operands().size()];
        long quick = COMPILED * VECTORS * shape.length();
        try (Arena arena = Arena.ofConfined()) {
            long[] at = IntStream.of(values).mapToLong(_ -> arena.allocate(VECTORS * Native.VECTOR_BYTES, 64).address())
                    .toArray();
            long begin = System.nanoTime(), start, end = begin;
            do {
                start = end;
                loop.run(at, values, masks, VECTORS * Native.LANES);
                end = System.nanoTime();
            } while (end - start > quick && end - begin < GIVES_UP);
            if (end - start <= quick) {
                whenQuick.complete(loop);
            }
        }
    }
}
