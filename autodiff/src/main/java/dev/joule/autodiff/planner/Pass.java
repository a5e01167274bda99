package dev.joule.autodiff.planner;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

import dev.joule.core.BadProperty;

/** What the planner does to make a plan quick. Without a pass the plan computes the same, more slowly: tests compare the two. */
public enum Pass {
    /** Expressions are simplified by the rules of {@link dev.joule.autodiff.rewrite.Algebra}. */
    REWRITE,
    /** A chain of element-wise operations is one loop, and its inner values have no memory: see {@link Materialised}. */
    INLINE,
    /** Products read windows, and add up windows, that nobody writes out: see {@link WindowOperand} and {@link FoldedProduct}. */
    WINDOWS,
    /** Loops over the same elements become one: see {@link Fusion}. */
    FUSE,
    /** Steps go through the batch block by block of rows: see {@link RowRuns}. */
    ROWS;

    public static final Set<Pass> ALL = Set.of(values());
    public static final Set<Pass> NONE = Set.of();

    /**
     * Those that are wanted ({@link #wanted()}), for a device.
     *
     * @param windows whether its products read windows: {@link dev.joule.core.Device#readsWindows}
     */
    public static Set<Pass> wanted(boolean windows) {
        return on(wanted(), windows);
    }

    /** Those of the passes whose plans a device can run, which may read windows or not. */
    public static Set<Pass> on(Set<Pass> passes, boolean windows) {
        return passes.stream().filter(pass -> pass != WINDOWS || windows).collect(Collectors.toUnmodifiableSet());
    }

    /** Those that the system property {@code joule.passes} names, as in {@code -Djoule.passes=rewrite,fuse}; all if it is not set. */
    static Set<Pass> wanted() {
        String names = System.getProperty("joule.passes", "all").strip();
        return switch (names) {
            case "all" -> ALL;
            case "none", "" -> NONE;
            default -> EnumSet.copyOf(Arrays.stream(names.split(",")).map(Pass::named).toList());
        };
    }

    private static Pass named(String name) {
        return Arrays.stream(values()).filter(pass -> pass.word().equals(name.strip())).findFirst()
                .orElseThrow(() -> new BadProperty("joule.passes: no pass \"" + name.strip() + "\"; there are "
                        + Arrays.stream(values()).map(Pass::word).collect(Collectors.joining(", ")) + "; or all, or none"));
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
