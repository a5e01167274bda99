package dev.joule.core.cpu.work;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Tasks that do not touch each other's results: their chunks run in any order. Each task's first chunks come early, its last ones late, so
 * that a worker gets the same part of each, as in the steps around.
 */
public final class Together implements Task {
    private final Task[] tasks;
    private final Chunk[] chunks;

    private record Chunk(Task task, int number) {
        double place() {
            return (number + 0.5) / task.chunks();
        }
    }

    public Together(List<Task> tasks) {
        this.tasks = tasks.toArray(Task[]::new);
        List<Chunk> all = new ArrayList<>();
        for (Task task : tasks) {
            for (int number = 0; number < task.chunks(); number++) {
                all.add(new Chunk(task, number));
            }
        }
        all.sort(Comparator.comparingDouble(Chunk::place));
        this.chunks = all.toArray(Chunk[]::new);
    }

    @Override
    public int chunks() {
        return chunks.length;
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        chunks[chunk].task().run(chunks[chunk].number(), worker, clock);
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
