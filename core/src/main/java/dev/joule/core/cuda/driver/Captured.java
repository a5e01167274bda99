package dev.joule.core.cuda.driver;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Work on streams that was noted, and what each piece of it waits for. It runs in a random order among those that the waiting allows, so
 * that a dependency that is missing shows.
 */
final class Captured {
    private static final long SEED = 4;

    private final List<Runnable> work = new ArrayList<>();
    private final List<Set<Integer>> after = new ArrayList<>();
    private final Map<Long, Set<Integer>> ends = new HashMap<>();   // what the next piece on a stream waits for
    private final Map<Long, Set<Integer>> events = new HashMap<>();
    private final Random random = new Random(SEED);

    void add(long stream, Runnable piece) {
        after.add(ends(stream));
        ends.put(stream, Set.of(work.size()));
        work.add(piece);
    }

    void record(long event, long stream) {
        events.put(event, ends(stream));
    }

    void await(long stream, long event) {
        Set<Integer> both = new TreeSet<>(ends(stream));
        both.addAll(events.getOrDefault(event, Set.of()));
        ends.put(stream, both);
    }

    private Set<Integer> ends(long stream) {
        return ends.getOrDefault(stream, Set.of());
    }

    void run() {
        int[] missing = after.stream().mapToInt(Set::size).toArray();
        List<Integer> ready = new ArrayList<>();
        for (int i = 0; i < missing.length; i++) {
            if (missing[i] == 0) {
                ready.add(i);
            }
        }
        while (!ready.isEmpty()) {
            int next = ready.remove(random.nextInt(ready.size()));
            work.get(next).run();
            for (int later = next + 1; later < missing.length; later++) {
                if (after.get(later).contains(next) && --missing[later] == 0) {
                    ready.add(later);
                }
            }
        }
    }
}
