package dev.joule.core.cpu.machine;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.scalar.Philox;

/** {@link Philox} for many blocks at a time, in machine code ({@link PhiloxWriter}). Thread-safe. */
public final class PhiloxKernel {
    @SuppressWarnings("restricted")
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final int INPUTS = 4 + 2 * Philox.ROUNDS;

    /** What {@link #run} needs to work in. */
    public static final long SCRATCH_BYTES = (long) INPUTS * Long.BYTES;
    /** Most blocks of a turn: so many at most are written in place of one. */
    public static final int MOST_TOGETHER = PhiloxWriter.blocks(64);

    private final MemorySegment code;
    private final int together;

    /** Takes a page of memory that is never given back: to be kept. */
    public PhiloxKernel(int vectorBytes) {
        this.code = Executable.load(PhiloxWriter.constants(vectorBytes), PhiloxWriter.function(vectorBytes));
        this.together = PhiloxWriter.blocks(vectorBytes);
    }

    /**
     * The words of {@code count} blocks, at least 1, the first with number {@code first}: of each in turn, words 0 and 2 go to {@code evens}, and
     * words 1 and 3 to {@code odds}, also for those blocks that fill the last turn.
     */
    public void run(long seed, int stream, long clock, long first, int count, long evens, long odds, long scratch) {
        Raw.putLong(scratch, first);
        Raw.putLong(scratch + 8, stream);
        Raw.putLong(scratch + 16, clock);
        Raw.putLong(scratch + 24, clock >>> 32);
        int k0 = (int) seed, k1 = (int) (seed >>> 32);
        for (int input = 4; input < INPUTS; input += 2) {
            Raw.putLong(scratch + 8L * input, k0);
            Raw.putLong(scratch + 8L * input + 8, k1);
            k0 += Philox.W0;
            k1 += Philox.W1;
        }
        try {
            CALL.invokeExact(code, scratch, (long) Math.ceilDiv(count, together), evens, odds);
        } catch (Throwable e) {
            throw new IllegalStateException("could not call a kernel", e);
        }
    }
}
