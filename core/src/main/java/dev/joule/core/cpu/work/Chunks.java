package dev.joule.core.cpu.work;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Who does which chunk of a task: each worker its own, which are neighbours and the same each time, so that what they work on is
 * in its cache; then, as cores are never equally quick for long, what others have not begun, from their ends.
 */
public final class Chunks {
    private final Task task;
    private final AtomicLongArray taken;   // by chunk, the last turn in which somebody did it

    public Chunks(Task task) {
        this.task = task;
        this.taken = new AtomicLongArray(task.chunks());
    }

    public Task task() {
        return task;
    }

    /**
     * One worker's part.
     *
     * @param turn larger than at any time before; the same for all workers
     */
    public void run(int worker, int workers, long turn, long clock) {
        int chunks = taken.length();
        for (int chunk = first(chunks, worker, workers); chunk < first(chunks, worker + 1, workers); chunk++) {
            take(chunk, worker, turn, clock);
        }
        if (chunks == 1 || task.isPrivate()) {
            return;
        }
        for (int i = 1; i < workers; i++) {
            int other = (worker + i) % workers;
            for (int chunk = first(chunks, other + 1, workers) - 1; chunk >= first(chunks, other, workers); chunk--) {
                take(chunk, worker, turn, clock);
            }
        }
    }

    private void take(int chunk, int worker, long turn, long clock) {
        long last = taken.get(chunk);
        if (last < turn && taken.compareAndSet(chunk, last, turn)) {
            task.run(chunk, worker, clock);
        }
    }

    /** The first worker has the one more. */
    private static int first(int chunks, int worker, int workers) {
        return (chunks * worker + workers - 1) / workers;
    }
}
