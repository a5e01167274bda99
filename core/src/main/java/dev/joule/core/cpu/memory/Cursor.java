package dev.joule.core.cpu.memory;

/** A place on a {@link Walk}, which goes from run to run along the last axis. One per worker, used again for each tile. */
public final class Cursor {
    private Walk walk;
    private final long[] index;
    private long row;
    /** Address of the current element. */
    public long address;
    /** Elements from here to the end of the run. */
    public long left;

    public Cursor(int rank) {
        index = new long[Math.max(1, rank)];
    }

    /** Goes to an element of the flattened domain, for a walk that begins at {@code base}. */
    public void start(Walk walk, long base, long element) {
        this.walk = walk;
        int last = walk.sizes().length - 1;
        long rest = element / walk.sizes()[last];
        long within = element - rest * walk.sizes()[last];
        row = base;
        for (int axis = last - 1; axis >= 0; axis--) {
            long size = walk.sizes()[axis];
            long next = rest / size;
            index[axis] = rest - next * size;
            row += index[axis] * walk.steps()[axis];
            rest = next;
        }
        address = row + within * walk.steps()[last];
        left = walk.sizes()[last] - within;
    }

    /** Goes to the beginning of the next run. */
    public void nextRun() {
        long[] sizes = walk.sizes();
        long[] steps = walk.steps();
        for (int axis = sizes.length - 2; axis >= 0; axis--) {
            row += steps[axis];
            if (++index[axis] < sizes[axis]) {
                break;
            }
            row -= steps[axis] * sizes[axis];
            index[axis] = 0;
        }
        address = row;
        left = sizes[sizes.length - 1];
    }
}
