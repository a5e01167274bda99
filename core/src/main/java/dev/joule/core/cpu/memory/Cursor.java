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
    /** A box of elements that was {@linkplain #take taken}: so many blocks of so many runs of so many columns. */
    public int blocks;
    public int runs;
    public int columns;

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
        nextRun(1);
    }

    /**
     * Takes a box of at most {@code most} elements from here on, as large as it can be: its axes are the walk's last ones, up to three.
     * @return how many elements that are
     */
    public int take(int most) {
        long[] sizes = walk.sizes();
        int last = sizes.length - 1;
        boolean whole = last > 0 && left == sizes[last] && left <= most;
        columns = (int) Math.min(left, most);
        runs = whole ? (int) Math.min(most / left, sizes[last - 1] - index[last - 1]) : 1;
        blocks = whole && last > 1 && runs == sizes[last - 1]
                ? (int) Math.min(most / (left * runs), sizes[last - 2] - index[last - 2]) : 1;
        return blocks * runs * columns;
    }

    /** Goes behind what was {@linkplain #take taken}, to the beginning of a run. */
    public void skip() {
        nextRun(blocks * runs);
    }

    private void nextRun(int further) {
        long[] sizes = walk.sizes();
        long[] steps = walk.steps();
        long carry = further;
        for (int axis = sizes.length - 2; axis >= 0 && carry > 0; axis--) {
            long next = index[axis] + carry;
            carry = next < sizes[axis] ? 0 : next / sizes[axis];
            next -= carry * sizes[axis];
            row += (next - index[axis]) * steps[axis];
            index[axis] = next;
        }
        address = row;
        left = sizes[sizes.length - 1];
    }
}
