package dev.joule.core.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.joule.core.cpu.machine.Executable;
import dev.joule.core.cpu.memory.Raw;

/** Whether this JVM was started so that the cpu device can work. Nothing here touches a class that may be missing. */
final class CpuSupport {
    private static final Optional<String> PROBLEM = probe();

    private CpuSupport() {
    }

    /** @throws IllegalStateException that says why the device cannot be used, if it cannot */
    static void require() {
        Executable.isWanted();   // throws if the property makes no sense
        PROBLEM.ifPresent(problem -> {
            throw new IllegalStateException(problem);
        });
    }

    private static Optional<String> probe() {
        List<String> missing = new ArrayList<>();
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            missing.add("--add-modules jdk.incubator.vector");
        }
        if (!isNativeAccessAllowed()) {
            missing.add("--enable-native-access=ALL-UNNAMED");
        }
        if (!Raw.isAllowed()) {
            missing.add("--sun-misc-unsafe-memory-access=allow");
        }
        return missing.isEmpty() ? Optional.empty()
                : Optional.of(
                        "the cpu device needs the JVM flags --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED "
                                + "--sun-misc-unsafe-memory-access=allow (missing: " + String.join(" ", missing) + ")");
    }

    @SuppressWarnings("restricted")
    private static boolean isNativeAccessAllowed() {
        try {
            MemorySegment.NULL.reinterpret(0);
            return true;
        } catch (IllegalCallerException _) {
            return false;
        }
    }
}
