package dev.joule.core.cpu;

import dev.joule.core.DType;
import dev.joule.core.cpu.loop.Reductions;
import dev.joule.core.cpu.loop.Strided;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.cpu.work.Task;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Reducer;

/**
 * Adds rows to the rows of a target that an index names, or replaces them. Workers share the columns, so that each does it in the rows' order.
 */
final class Scatter implements Task {
    private static final int COLUMNS = 64;
    private static final long CHUNK = 32_768;   // elements that are worth a hand-over

    private final ScatterStep step;
    private final DType dtype;
    private final long index;
    private final Matrix source;
    private final Matrix base;   // the target itself, if rows are added
    private final Matrix target;
    private final boolean contiguous;
    private final int chunks;

    /** Where the elements of a view lie; strides are in bytes. */
    private record Matrix(long address, long row, long column) {
        static Matrix of(View view, Addresses addresses, DType dtype) {
            return new Matrix(addresses.of(view), view.strides()[0] * dtype.bytes(), view.strides()[1] * dtype.bytes());
        }

        long at(int i, int j) {
            return address + i * row + j * column;
        }
    }

    Scatter(ScatterStep step, Addresses addresses) {
        this.step = step;
        this.dtype = addresses.dtype(step.target());
        this.index = addresses.of(step.index());
        this.source = Matrix.of(step.source(), addresses, dtype);
        this.base = Matrix.of(step.base().orElse(step.target()), addresses, dtype);
        this.target = Matrix.of(step.target(), addresses, dtype);
        this.contiguous = source.column == dtype.bytes() && target.column == dtype.bytes();
        long elements = (long) Math.max(step.count(), base.equals(target) ? 0 : step.rows()) * step.width();
        this.chunks = Math.clamp(elements / CHUNK, 1, Math.max(1, step.width() / COLUMNS));
    }

    @Override
    public int chunks() {
        return chunks;
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        int from = (int) ((long) step.width() * chunk / chunks);
        int to = (int) ((long) step.width() * (chunk + 1) / chunks);
        begin(from, to);
        for (int i = 0; i < step.count(); i++) {
            int row = Raw.getInt(index + 4L * i * step.index().strides()[0]);
            step.requireRow(row);
            if (step.base().isPresent()) {
                copy(source, i, target, row, from, to);
            } else {
                add(i, row, from, to);
            }
        }
    }

    /** What the rows are before any of them is added or replaced. */
    private void begin(int from, int to) {
        if (step.base().isPresent()) {
            for (int row = 0; row < step.rows() && !base.equals(target); row++) {
                copy(base, row, target, row, from, to);
            }
        } else if (contiguous && to - from == step.width() && target.row == (long) step.width() * dtype.bytes()) {
            Raw.clear(target.address, (long) step.rows() * step.width() * dtype.bytes());
        } else {
            for (int row = 0; row < step.rows(); row++) {
                clear(row, from, to);
            }
        }
    }

    private void clear(int row, int from, int to) {
        if (contiguous) {
            Raw.clear(target.at(row, from), (long) (to - from) * dtype.bytes());
            return;
        }
        for (int j = from; j < to; j++) {
            Raw.put(dtype, target.at(row, j), 0);
        }
    }

    private void add(int i, int row, int from, int to) {
        if (contiguous) {
            int width = to - from;
            Reductions.combine(dtype, Reducer.SUM, source.at(i, from), 1, 1, width, width, target.at(row, from));
            return;
        }
        for (int j = from; j < to; j++) {
            Raw.put(dtype, target.at(row, j), Raw.get(dtype, target.at(row, j)) + Raw.get(dtype, source.at(i, j)));
        }
    }

    private void copy(Matrix some, int i, Matrix other, int row, int from, int to) {
        if (dtype.bytes() == Integer.BYTES) {
            Strided.copyInts(some.at(i, from), some.column, other.at(row, from), other.column, to - from);
        } else {
            Strided.copyLongs(some.at(i, from), some.column, other.at(row, from), other.column, to - from);
        }
    }
}
