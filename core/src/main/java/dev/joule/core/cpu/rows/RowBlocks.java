package dev.joule.core.cpu.rows;

import java.util.List;
import java.util.stream.IntStream;

import dev.joule.core.cpu.work.Desk;
import dev.joule.core.cpu.work.Divisible;
import dev.joule.core.cpu.work.RowTask;
import dev.joule.core.cpu.work.Task;

/**
 * A run of rows. The rows are cut into blocks that fit into a core's cache, and each block goes through all steps; the blocks are
 * shared out in chunks, which wait for nobody; a worker that is done with its chunks helps the others.
 */
public final class RowBlocks implements Task {
    private final RowTask[] whole;
    private final RowTask[] rest;
    private final RowTask.Block[][] chunks;
    private final int last;
    private Desk[] desks;
    private long[] nanoseconds;

    /** @param rest the steps for the last block */
    RowBlocks(Cut cut, List<RowTask> whole, List<RowTask> rest) {
        this.whole = whole.toArray(RowTask[]::new);
        this.rest = rest.toArray(RowTask[]::new);
        this.last = cut.blocks() - 1;
        this.chunks = IntStream.range(0, cut.chunks()).mapToObj(chunk -> {
            int from = (int) ((long) cut.blocks() * chunk / cut.chunks());
            int to = (int) ((long) cut.blocks() * (chunk + 1) / cut.chunks());
            return IntStream.range(from, to).mapToObj(block -> new RowTask.Block(block, chunk, block == from))
                    .toArray(RowTask.Block[]::new);
        }).toArray(RowTask.Block[][]::new);
    }

    /** From now on adds to {@code nanoseconds} the time that worker 0 spends in each step; not any more with null. */
    public void measure(long[] nanoseconds) {
        this.nanoseconds = nanoseconds;
    }

    @Override
    public int chunks() {
        return chunks.length;
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        desks[worker].forget();
        for (RowTask.Block block : chunks[chunk]) {
            RowTask[] steps = block.number() == last ? rest : whole;
            if (nanoseconds == null || worker > 0) {
                for (RowTask step : steps) {
                    run(step, block, worker, clock);
                }
            } else {
                runMeasured(steps, block, worker, clock);
            }
        }
    }

    private void runMeasured(RowTask[] steps, RowTask.Block block, int worker, long clock) {
        for (int i = 0; i < steps.length; i++) {
            long start = System.nanoTime();
            run(steps[i], block, worker, clock);
            nanoseconds[i] += System.nanoTime() - start;
        }
    }

    private void run(RowTask step, RowTask.Block block, int worker, long clock) {
        Desk desk = desks[worker];
        if (desk.isAsked() && step instanceof Divisible divisible && divisible.pieces() > 1) {
            desk.share(divisible, block);
        } else {
            step.run(block, worker, clock);
        }
    }

    @Override
    public boolean help(int worker) {
        for (int other = 1; other < desks.length; other++) {
            if (desks[(worker + other) % desks.length].help(worker)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public long scratchBytes() {
        long most = 0;
        for (int i = 0; i < whole.length; i++) {
            most = Math.max(most, Math.max(whole[i].scratchBytes(), rest[i].scratchBytes()));
        }
        return most;
    }

    @Override
    public void bind(long[] scratch, long shared) {
        desks = IntStream.range(0, scratch.length).mapToObj(Desk::new).toArray(Desk[]::new);
        for (int i = 0; i < whole.length; i++) {
            whole[i].bind(scratch, shared);
            rest[i].bind(scratch, shared);
        }
    }
}
