package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Comparator;

/** Places values of known lifetimes in one run of memory, so that values that live at the same time do not overlap. */
final class Arena {
    private static final long ALIGNMENT = 64;

    private record Placed(long offset, long end, int first, int last) {
    }

    private final List<Placed> placed = new ArrayList<>();
    private long size;

    /**
     * The lowest offset at which {@code bytes} are free from step {@code first} to step {@code last}, both included. Large values placed
     * first leave fewer holes.
     */
    long place(long bytes, int first, int last) {
        long offset = 0;
        List<Placed> alive = placed.stream().filter(p -> p.first <= last && first <= p.last)
                .sorted(Comparator.comparingLong(Placed::offset)).toList();
        for (Placed p : alive) {
            if (offset + bytes <= p.offset) {
                break;
            }
            offset = Math.max(offset, p.end);
        }
        long end = (offset + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        placed.add(new Placed(offset, end, first, last));
        size = Math.max(size, end);
        return offset;
    }

    long size() {
        return size;
    }
}
