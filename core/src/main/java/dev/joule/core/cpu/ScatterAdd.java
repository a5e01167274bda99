package dev.joule.core.cpu;

import dev.joule.core.DType;
import dev.joule.core.cpu.loop.Reductions;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.cpu.work.Task;
import dev.joule.core.plan.ScatterAddStep;
import dev.joule.core.scalar.Reducer;

/** Adds rows to the rows of a target that an index names. Workers share the columns, so that each adds in the rows' order. */
final class ScatterAdd implements Task {
    private static final int COLUMNS = 64;
    private static final long CHUNK = 32_768;   // elements that are worth a hand-over

    private final ScatterAddStep step;
    private final DType dtype;
    private final long index;
    private final long source;
    private final long target;
    private final int chunks;

    ScatterAdd(ScatterAddStep step, Addresses addresses) {
        this.step = step;
        this.dtype = addresses.dtype(step.target());
        this.index = addresses.of(step.index());
        this.source = addresses.of(step.source());
        this.target = addresses.of(step.target());
        this.chunks = Math.clamp((long) step.count() * step.width() / CHUNK, 1, Math.max(1, step.width() / COLUMNS));
    }

    @Override
    public int chunks() {
        return chunks;
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        int from = (int) ((long) step.width() * chunk / chunks);
        int to = (int) ((long) step.width() * (chunk + 1) / chunks);
        boolean contiguous = step.source().strides()[1] == 1 && step.target().strides()[1] == 1;
        if (contiguous && to - from == step.width() && step.target().strides()[0] == step.width()) {
            Raw.clear(target(0, 0), (long) step.rows() * step.width() * dtype.bytes());
        } else {
            for (int row = 0; row < step.rows(); row++) {
                clear(row, from, to, contiguous);
            }
        }
        for (int i = 0; i < step.count(); i++) {
            int row = Raw.getInt(index + 4L * i * step.index().strides()[0]);
            if (row < 0 || row >= step.rows()) {
                throw new IndexOutOfBoundsException(
                        "scatterAdd: row " + row + " is outside of 0.." + (step.rows() - 1) + " (" + step.origin() + ")");
            }
            if (contiguous) {
                int width = to - from;
                Reductions.combine(dtype, Reducer.SUM, source(i, from), 1, 1, width, width, target(row, from));
            } else {
                for (int j = from; j < to; j++) {
                    Raw.put(dtype, target(row, j), Raw.get(dtype, target(row, j)) + Raw.get(dtype, source(i, j)));
                }
            }
        }
    }

    private void clear(int row, int from, int to, boolean contiguous) {
        if (contiguous) {
            Raw.clear(target(row, from), (long) (to - from) * dtype.bytes());
            return;
        }
        for (int j = from; j < to; j++) {
            Raw.put(dtype, target(row, j), 0);
        }
    }

    private long source(int i, int j) {
        return source + (i * step.source().strides()[0] + j * step.source().strides()[1]) * dtype.bytes();
    }

    private long target(int row, int j) {
        return target + (row * step.target().strides()[0] + j * step.target().strides()[1]) * dtype.bytes();
    }
}
