package dev.joule.core.cpu.product;

import dev.joule.core.cpu.work.Divisible;
import dev.joule.core.cpu.work.RowTask;
import dev.joule.core.cpu.work.Task;

/** All rows of something that could go by blocks of rows, shared out in pieces. */
record InPieces(Divisible whole) implements Task {
    private static final RowTask.Block ALL = new RowTask.Block(0, 0, true);

    @Override
    public int chunks() {
        return whole.pieces();
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        whole.run(chunk, ALL, worker, worker);
    }

    @Override
    public long scratchBytes() {
        return whole.scratchBytes();
    }

    @Override
    public void bind(long[] scratch, long shared) {
        whole.bind(scratch, shared);
    }
}
