package dev.joule.autodiff;

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
                .findFirst().map(frame -> frame.getFileName() + ":" + frame.getLineNumber()).orElse("unknown source"));
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

    public static IllegalArgumentException error(String message) {
        return new IllegalArgumentException(message + " (at " + here() + ")");
    }
}
