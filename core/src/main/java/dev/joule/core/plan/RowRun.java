package dev.joule.core.plan;

import java.util.List;

/**
 * Neighbouring steps of a plan that go through a batch row by row: of what one of them writes for row i, the others read nothing
 * but for row i. So a device may take some rows through all of these steps, and then the next rows, or share rows among
 * threads that do not wait for each other. What is summed over all rows is known at the end of the run only; no step in it reads
 * that.
 *
 * @param first number of the first step
 * @param rows how many rows there are
 * @param axes for each step, in which axis of it the rows are: see {@link RowAccess}
 */
public record RowRun(int first, int rows, List<Integer> axes) {
    public RowRun {
        if (rows < 1) {
            throw new IllegalArgumentException("plan: a run of " + rows + " rows");
        }
        axes = List.copyOf(axes);
    }

    /** The number of the first step behind the run. */
    public int end() {
        return first + axes.size();
    }
}
