package dev.joule.core.cpu.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import dev.joule.core.BadProperty;

/**
 * Memory that machine code can run in. On x86-64 Linux; it is never both writable and executable, and never given back.
 * {@code -Djoule.machine=off} does without.
 */
public final class Executable {
    /** Names the system property: {@code on} or {@code off}. */
    private static final String PROPERTY = "joule.machine";
    private static final int READ = 1, WRITE = 2, EXECUTE = 4, PRIVATE = 2, ANONYMOUS = 32;
    private static final List<String> VALUES = List.of("on", "off");

    /** The processor's sets of instructions that machine code for vectors of so many bytes has instructions of. */
    private static final Map<Integer, List<String>> SETS = Map.of(32, List.of("avx2", "fma"), 64,
            List.of("avx512f", "avx512dq", "avx512vl"));

    private Executable() {
    }

    /** Whether there can be machine code for vectors of so many bytes: the processor has the instructions, and Linux lets us run them. */
    public static boolean runs(int vectorBytes) {
        return isWanted() && SETS.containsKey(vectorBytes) && Found.INSTRUCTIONS.containsAll(SETS.get(vectorBytes))
                && Found.WORKS;
    }

    /** @throws BadProperty if the property is neither on nor off */
    public static boolean isWanted() {
        String value = System.getProperty(PROPERTY, "on").strip();
        if (!VALUES.contains(value)) {
            throw new BadProperty(PROPERTY + ": \"" + value + "\" is neither on nor off");
        }
        return value.equals("on");
    }

    /**
     * Where a function can be called, right before which lie constants that it reads. Takes whole pages of memory, which are never given
     * back.
     */
    public static MemorySegment load(byte[] constants, byte[] function) {
        byte[] code = Arrays.copyOf(constants, constants.length + function.length);
        System.arraycopy(function, 0, code, constants.length, function.length);
        long memory = tryToLoad(code)
                .orElseThrow(() -> new IllegalStateException("the system gives no more memory for machine code"))
                .address();
        return MemorySegment.ofAddress(memory + constants.length);
    }

    private static Optional<MemorySegment> tryToLoad(byte[] code) {
        try {
            MemorySegment memory = (MemorySegment) Calls.MAP.invokeExact(MemorySegment.NULL, (long) code.length, READ | WRITE,
                    PRIVATE | ANONYMOUS, -1, 0L);
            if (memory.address() == -1) {
                return Optional.empty();
            }
            MemorySegment.copy(code, 0, memory.reinterpret(code.length), JAVA_BYTE, 0, code.length);
            int failed = (int) Calls.PROTECT.invokeExact(memory, (long) code.length, READ | EXECUTE);
            return failed == 0 ? Optional.of(memory) : Optional.empty();
        } catch (Throwable e) {
            throw new IllegalStateException("could not call mmap", e);
        }
    }

    private static final class Calls {
        static final MethodHandle MAP = function("mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
        static final MethodHandle PROTECT = function("mprotect", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

        @SuppressWarnings("restricted")
        private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
        }
    }

    /** What this machine can do. */
    private static final class Found {
        static final Set<String> INSTRUCTIONS = instructions();
        /** Some systems forbid memory that was written to be executed. */
        static final boolean WORKS = tryToLoad(new byte[]{(byte) 0xC3}).isPresent();

        private static Set<String> instructions() {
            if (!System.getProperty("os.name").equals("Linux") || !System.getProperty("os.arch").equals("amd64")) {
                return Set.of();
            }
            try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
                return lines.filter(line -> line.startsWith("flags")).findFirst().map(line -> Set.of(line.split("[\\s:]+")))
                        .orElse(Set.of());
            } catch (IOException _) {
                return Set.of();
            }
        }
    }
}
