package dev.joule.core.cpu.work;

/**
 * A piece of work that falls into chunks which can run in any order, at the same time. Where the chunks' boundaries lie
 * depends on shapes only, so results are the same to the bit with any number of workers.
 */
public interface Task extends Meanwhile {
    int chunks();

    void run(int chunk, int worker, long clock);

    /** Does a piece of what other workers are still at, if it can be: whether there was one. */
    @Override
    default boolean help(int worker) {
        return false;
    }

    /** Whether each worker writes for itself alone, so that the others need not wait for it. */
    default boolean isPrivate() {
        return false;
    }

    /** Bytes of memory that each worker needs for itself while the task runs. */
    default long scratchBytes() {
        return 0;
    }

    /** Bytes of memory that the tasks of one step share, from its first task to its last. */
    default long sharedBytes() {
        return 0;
    }

    /** Tells where that memory is, by worker, before the first run. */
    default void bind(long[] scratch, long shared) {
    }
}
