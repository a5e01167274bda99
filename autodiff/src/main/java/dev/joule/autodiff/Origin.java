package dev.joule.autodiff;

import java.lang.StackWalker.StackFrame;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.function.Supplier;

/** The place in the user's source that an expression was written at. */
public final class Origin {
    private static final StackWalker WALKER = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final ThreadLocal<String> INHERITED = new ThreadLocal<>();

    /** Whether a class is this module's, or the JDK's between two of this module's frames: not the user's. */
    private static final ClassValue<Boolean> OWN = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return type.getClassLoader() == null || type.getProtectionDomain().equals(Origin.class.getProtectionDomain());
        }
    };

    private Origin() {
    }

    /** {@code MyLoss.java:42}: the innermost frame that is not the library's own. */
    static String here() {
        String inherited = INHERITED.get();
        return inherited != null ? inherited : WALKER.walk(frames -> frames.filter(frame -> !OWN.get(frame.getDeclaringClass()))
                .findFirst().map(Origin::place).orElse("unknown source"));
    }

    /** Builds expressions that count as written where another was: a derivative belongs to what it is the derivative of. */
    public static <T> T inherit(String origin, Supplier<T> build) {
        String before = INHERITED.get();
        INHERITED.set(origin);
        try {
            return build.get();
        } finally {
            INHERITED.set(before);
        }
    }

    /**
     * An error that names the line of {@link #here}; and where that is a layer above this module, such as a loss that comes with Joule, also the
     * line that called it.
     */
    public static IllegalArgumentException error(String message) {
        String caller = WALKER.walk(frames -> {
            List<StackFrame> foreign = frames.filter(frame -> !OWN.get(frame.getDeclaringClass())).toList();
            ProtectionDomain layer = foreign.isEmpty() || !isJoule(foreign.getFirst()) ? null : domain(foreign.getFirst());
            return layer == null ? "" : foreign.stream().filter(frame -> !domain(frame).equals(layer)).findFirst()
                    .map(frame -> ", called at " + place(frame)).orElse("");
        });
        return new IllegalArgumentException(message + " (at " + here() + caller + ")");
    }

    private static boolean isJoule(StackFrame frame) {
        String name = frame.getClassName(), module = Origin.class.getPackageName();
        return name.startsWith(module.substring(0, module.lastIndexOf('.') + 1)) && !name.startsWith(module + ".");
    }

    private static ProtectionDomain domain(StackFrame frame) {
        return frame.getDeclaringClass().getProtectionDomain();
    }

    private static String place(StackFrame frame) {
        return frame.getFileName() + ":" + frame.getLineNumber();
    }
}
