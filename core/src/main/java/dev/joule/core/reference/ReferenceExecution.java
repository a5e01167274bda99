package dev.joule.core.reference;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

import dev.joule.core.Execution;
import dev.joule.core.Tensor;
import dev.joule.core.memory.Buffer;
import dev.joule.core.memory.Held;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.NonFinite;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.Written;

/** A plan whose steps are carried out one after the other. */
final class ReferenceExecution implements Execution {
    private final Plan plan;
    private final List<Buffer> externals;
    private final long seed;
    private final Buffer arena;
    private long clock;
    private boolean closed;

    ReferenceExecution(Plan plan, List<Tensor> externals, long seed) {
        this.plan = plan;
        this.externals = externals.stream().map(Tensor::buffer).toList();
        this.seed = seed;
        this.arena = Buffer.allocate(plan.arenaBytes());
    }

    @Override
    public synchronized void run(long times) {
        requireOpen();
        try (Held _ = new Held(externals).hold()) {
            MemorySegment[] memory = memory();
            for (long i = 0; i < times; i++) {
                for (Step step : plan.steps()) {
                    run(step, memory);
                }
                clock++;
                Execution.requireGoingOn(i + 1, times);
            }
        }
    }

    @Override
    public synchronized Optional<NonFinite.Found> runChecked() {
        requireOpen();
        NonFinite search = new NonFinite();
        try (Held _ = new Held(externals).hold()) {
            MemorySegment[] memory = memory();
            for (int number = 0; number < plan.steps().size(); number++) {
                Step step = plan.steps().get(number);
                run(step, memory);
                for (Written written : Written.by(step)) {
                    search.look(number, written, plan.slot(written.view()).dtype(), memory[written.view().slot()]);
                }
            }
            clock++;
        }
        return search.found();
    }

    @Override
    public synchronized Times runTimed(long times) {
        requireOpen();
        long[] nanoseconds = new long[plan.steps().size()];
        try (Held _ = new Held(externals).hold()) {
            MemorySegment[] memory = memory();
            for (long i = 0; i < times; i++) {
                for (int number = 0; number < nanoseconds.length; number++) {
                    long start = System.nanoTime();
                    run(plan.steps().get(number), memory);
                    nanoseconds[number] += System.nanoTime() - start;
                }
                clock++;
                Execution.requireGoingOn(i + 1, times);
            }
        }
        return new Times(nanoseconds, LongStream.of(nanoseconds).sum());
    }

    private void run(Step step, MemorySegment[] memory) {
        switch (step) {
            case LoopStep loop -> new ReferenceLoop(plan, loop, memory, seed, clock).run();
            case MatMulStep mul -> ReferenceProduct.run(plan, mul, memory);
            case ScatterStep scatter -> scatter(scatter, memory);
        }
    }

    /** target[index[i], j] += source[i, j], or = where there is a base. */
    private void scatter(ScatterStep scatter, MemorySegment[] memory) {
        Elements index = new Elements(plan, scatter.index(), memory);
        Elements source = new Elements(plan, scatter.source(), memory);
        Elements target = new Elements(plan, scatter.target(), memory);
        double[][] rows = new double[scatter.rows()][scatter.width()];
        scatter.base().map(base -> new Elements(plan, base, memory)).ifPresent(base -> {
            for (int row = 0; row < scatter.rows(); row++) {
                for (int j = 0; j < scatter.width(); j++) {
                    rows[row][j] = base.get(row, j);
                }
            }
        });
        for (int i = 0; i < scatter.count(); i++) {
            int row = (int) index.get(i);
            scatter.requireRow(row);
            for (int j = 0; j < scatter.width(); j++) {
                rows[row][j] = scatter.base().isPresent() ? source.get(i, j) : rows[row][j] + source.get(i, j);
            }
        }
        for (int row = 0; row < scatter.rows(); row++) {
            for (int j = 0; j < scatter.width(); j++) {
                target.set(rows[row][j], row, j);
            }
        }
    }

    /** Where each slot lies. */
    private MemorySegment[] memory() {
        return plan.slots().stream().map(this::memory).toArray(MemorySegment[]::new);
    }

    private MemorySegment memory(Slot slot) {
        return switch (slot.place()) {
            case Slot.Place.Arena(long offset) -> arena.segment().asSlice(offset, slot.bytes());
            case Slot.Place.External(int index) -> externals.get(index).segment();
        };
    }

    @Override
    public synchronized long clock() {
        return clock;
    }

    @Override
    public synchronized void rewind(long clock) {
        this.clock = clock;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this program is closed");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        arena.close();
    }
}
