package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Gives launches to streams: each goes behind one of those that it waits for where that is possible, and waits for others only if the
 * stream does not already know that they have ended.
 */
final class Streams {
    private static final int NONE = -1;

    private final List<Launch> launches = new ArrayList<>();
    /** For each launch, the last one on each stream that has ended when it has. */
    private final List<int[]> ended = new ArrayList<>();
    /** The last launch on each stream. */
    private final int[] last;

    Streams(int count) {
        last = new int[count];
        Arrays.fill(last, NONE);
    }

    /** Adds a launch that goes after others; its number. */
    int add(Work work, List<Integer> after) {
        int number = launches.size(), stream = stream(after);
        int[] known = last[stream] == NONE ? none() : ended.get(last[stream]).clone();
        List<Integer> awaited = new ArrayList<>();
        after.stream().distinct().sorted((a, b) -> b - a).forEach(before -> {
            if (known[launches.get(before).stream()] < before) {
                awaited.add(before);
                int[] theirs = ended.get(before);
                Arrays.setAll(known, i -> Math.max(known[i], theirs[i]));
            }
        });
        awaited.forEach(before -> {
            Launch launch = launches.get(before);
            launches.set(before, new Launch(launch.work(), launch.stream(), launch.after(), true));
        });
        known[stream] = number;
        launches.add(new Launch(work, stream, List.copyOf(awaited), false));
        ended.add(known);
        last[stream] = number;
        return number;
    }

    /** The stream that ends with the latest of those to wait for; else the one that has been silent for longest. */
    private int stream(List<Integer> after) {
        int best = NONE;
        for (int stream = 0; stream < last.length; stream++) {
            if (last[stream] != NONE && after.contains(last[stream]) && (best == NONE || last[stream] > last[best])) {
                best = stream;
            }
        }
        for (int stream = 0; best == NONE && stream < last.length; stream++) {
            int at = last[stream];
            if (Arrays.stream(last).allMatch(other -> other >= at)) {
                best = stream;
            }
        }
        return best;
    }

    private int[] none() {
        int[] none = new int[last.length];
        Arrays.fill(none, NONE);
        return none;
    }

    List<Launch> launches() {
        return List.copyOf(launches);
    }
}
