package dev.joule.core.cpu;

import java.util.List;

/** Tasks that do not touch each other's results: their chunks run in any order. */
final class Together implements Task {
    private final Task[] tasks;
    private final int chunks;

    Together(List<Task> tasks) {
        this.tasks = tasks.toArray(Task[]::new);
        this.chunks = tasks.stream().mapToInt(Task::chunks).sum();
    }

    @Override
    public int chunks() {
        return chunks;
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        int left = chunk;
        for (Task task : tasks) {
            if (left < task.chunks()) {
                task.run(left, worker, clock);
                return;
            }
            left -= task.chunks();
        }
    }

    @Override
    public long scratchBytes() {
        long most = 0;
        for (Task task : tasks) {
            most = Math.max(most, task.scratchBytes());
        }
        return most;
    }

    @Override
    public void bind(long[] scratch, long shared) {
        for (Task task : tasks) {
            task.bind(scratch, shared);
        }
    }
}
