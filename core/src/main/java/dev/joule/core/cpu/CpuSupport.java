package dev.joule.core.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import dev.joule.core.cpu.machine.Executable;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.cpu.product.Blas;

/** Whether this JVM was started so that the cpu device can work. Nothing here touches a class that may be missing. */
public final class CpuSupport {
    private static final Optional<String> PROBLEM = probe();

    private CpuSupport() {
    }

    /** Why the device cannot be used, if it cannot. */
    public static Optional<String> problem() {
        return PROBLEM;
    }

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
        try {
            Blas.load();
        } catch (IllegalCallerException _) {
            missing.add("--enable-native-access=ALL-UNNAMED");
        } catch (LinkageError | RuntimeException e) {
            if (causes(e).anyMatch(IllegalCallerException.class::isInstance)) {
                missing.add("--enable-native-access=ALL-UNNAMED");
            } else {
                return Optional.of("the cpu device cannot load OpenBLAS: " + e);
            }
        }
        if (!Raw.isAllowed()) {
            missing.add("--sun-misc-unsafe-memory-access=allow");
        }
        return missing.isEmpty() ? Optional.empty()
                : Optional.of(
                        "the cpu device needs the JVM flags --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED "
                                + "--sun-misc-unsafe-memory-access=allow (missing: " + String.join(" ", missing) + ")");
    }

    private static java.util.stream.Stream<Throwable> causes(Throwable e) {
        return java.util.stream.Stream.iterate(e, java.util.Objects::nonNull, Throwable::getCause);
    }
}
