package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.List;

/**
 * Places of an axis that windows cover alike. Window i covers places {@code i * step} to {@code i * step + size - 1}, so that place
 * {@code u * step + b}, b less than the step, is element {@code a * step + b} of window {@code u - a}, for each a for which there are both.
 *
 * @param turn  the first u
 * @param turns how many there are
 * @param place the first b
 * @param width how many there are
 * @param from  the first a
 * @param to    behind the last a
 */
record Overlap(int turn, int turns, int place, int width, int from, int to) {

    static List<Overlap> of(int count, int size, int step) {
        int most = (size - 1) / step, rest = size - most * step;   // the last element of a window is most * step + rest - 1
        List<Overlap> all = new ArrayList<>();
        add(all, count, 0, rest, most + 1);
        add(all, count, rest, Math.min(step, size) - rest, most);
        return all;
    }

    /** Those with {@code above} windows over them, and fewer at both ends of the axis. */
    private static void add(List<Overlap> all, int count, int place, int width, int above) {
        if (width == 0) {
            return;
        }
        for (int u = 0, end; u < count + above - 1; u = end) {
            end = u >= above - 1 && u < count ? count : u + 1;
            all.add(new Overlap(u, end - u, place, width, Math.max(0, u - count + 1), Math.min(u + 1, above)));
        }
    }
}
