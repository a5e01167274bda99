package dev.joule.core.cpu.work;

/** A step of a run of rows, for one block of rows after the other. Different workers may do different blocks at the same time. */
public interface RowTask {
    /**
     * Which rows to work on.
     *
     * @param number of the block
     * @param chunk whose block it is; one worker does the blocks of a chunk in their order
     * @param first whether it is the first of its chunk
     */
    record Block(int number, int chunk, boolean first) {
    }

    void run(Block at, int worker, long clock);

    /** Bytes of memory that each worker needs for itself while the task runs. */
    long scratchBytes();

    /** Tells where that memory is, by worker, before the first run. */
    void bind(long[] scratch, long shared);
}
