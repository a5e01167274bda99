package dev.joule.core.cpu.work;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Makes the current thread take subnormal numbers for zero, in arguments (denormals-are-zero) and results (flush-to-zero), for a
 * while. A long training run fills gradients with them, and each costs the processor some hundred cycles. On x86-64 Linux the two
 * bits are in MXCSR, the last four of the 32 bytes that the C library's floating-point environment has; elsewhere nothing is done.
 * For one thread at a time.
 */
final class FlushSubnormals {
    private static final int ENVIRONMENT_BYTES = 32;
    private static final int MXCSR = 28;
    private static final int FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040;
    private static final boolean POSSIBLE = System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64");
    private static final MethodHandle GET = function("fegetenv"), SET = function("fesetenv");

    private final MemorySegment environment = Arena.ofAuto().allocate(ENVIRONMENT_BYTES, Long.BYTES);
    private int before;

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name) {
        Linker linker = Linker.nativeLinker();
        return POSSIBLE
                ? linker.downcallHandle(linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(JAVA_INT, ADDRESS))
                : null;
    }

    void begin() {
        if (POSSIBLE) {
            get();
            before = environment.get(JAVA_INT, MXCSR);
            set(before | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO);
        }
    }

    /** Back to the mode at {@link #begin}. */
    void end() {
        if (POSSIBLE) {
            get();   // flags that were raised meanwhile stay raised
            int flags = environment.get(JAVA_INT, MXCSR) & ~(FLUSH_TO_ZERO | DENORMALS_ARE_ZERO);
            set(flags | before & (FLUSH_TO_ZERO | DENORMALS_ARE_ZERO));
        }
    }

    private void get() {
        try {
            int _ = (int) GET.invokeExact(environment);
        } catch (Throwable e) {
            throw new IllegalStateException("could not call fegetenv", e);
        }
    }

    private void set(int mode) {
        environment.set(JAVA_INT, MXCSR, mode);
        try {
            int _ = (int) SET.invokeExact(environment);
        } catch (Throwable e) {
            throw new IllegalStateException("could not call fesetenv", e);
        }
    }
}
