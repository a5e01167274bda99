package dev.joule.core.cuda.schedule;

import java.util.List;

/**
 * Work on a stream, which goes behind what was launched there before.
 *
 * @param after numbers of launches on other streams that must have ended too
 * @param awaited whether a launch on another stream waits for this one
 */
public record Launch(Work work, int stream, List<Integer> after, boolean awaited) {
}
