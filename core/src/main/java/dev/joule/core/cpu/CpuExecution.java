package dev.joule.core.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import dev.joule.core.Execution;
import dev.joule.core.Tensor;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.work.Barrier;
import dev.joule.core.cpu.work.Chunks;
import dev.joule.core.cpu.work.Task;
import dev.joule.core.cpu.work.Workers;
import dev.joule.core.memory.Buffer;
import dev.joule.core.memory.Held;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.NonFinite;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Written;

/** A plan as a list of tasks, and the memory that they work on. All workers walk along the list in step. */
final class CpuExecution implements Execution {
    private final Plan plan;
    private final List<Buffer> externals;
    private final Held held;
    private final Workers workers;
    private final Scope scope = new Scope();
    private final Buffer arena;
    private final PlanCompiler compiler;
    private final Chunks[] tasks;
    /** Each step by itself, made when it is first asked for. */
    private Chunks[][] single;
    private long clock;
    /** How many runs of those asked for have ended: all of them, unless one fails or the thread is interrupted. */
    private long ended;
    /** The number of the last run, which worker 0 lowers to that of the present one before the others can have ended it. */
    private volatile long last;
    /** How often tasks have been run, or tried to: unlike the clock, it is never turned back. */
    private long turns;

    CpuExecution(Plan plan, List<Tensor> externals, long seed, CpuDevice device) {
        this.plan = plan;
        this.externals = externals.stream().map(Tensor::buffer).toList();
        this.held = new Held(this.externals);
        this.workers = device.hire();
        scope.add(device::dismiss);
        try {
            arena = scope.add(Buffer.allocate(plan.arenaBytes()));
            compiler = new PlanCompiler(plan, new Addresses(plan, arena.address(), externals), seed, workers.count(), scope);
            tasks = ready(compiler.tasks());
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /** Gives tasks their memory. One task runs at a time, so all get the same. */
    private Chunks[] ready(List<Task> list) {
        long scratchBytes = list.stream().mapToLong(Task::scratchBytes).max().orElse(0);
        long sharedBytes = list.stream().mapToLong(Task::sharedBytes).max().orElse(0);
        long[] scratch = IntStream.range(0, workers.count()).mapToLong(_ -> scope.add(Buffer.allocate(scratchBytes)).address())
                .toArray();
        long shared = scope.add(Buffer.allocate(sharedBytes)).address();
        list.forEach(task -> task.bind(scratch, shared));
        return list.stream().map(Chunks::new).toArray(Chunks[]::new);
    }

    @Override
    public synchronized void run(long times) {
        requireOpen();
        runs(times, null);
    }

    private void runs(long times, long[] nanoseconds) {
        try {
            run(tasks, times, nanoseconds);
        } finally {
            clock += ended;
        }
        if (ended < times) {
            throw Execution.interrupted(ended, times);
        }
    }

    @Override
    public synchronized Optional<NonFinite.Found> runChecked() {
        requireOpen();
        if (single == null) {
            single = plan.steps().stream().map(step -> ready(compiler.tasks(step))).toArray(Chunks[][]::new);
        }
        NonFinite search = new NonFinite();
        try (Held _ = new Held(externals).hold()) {
            for (int number = 0; number < single.length; number++) {
                run(single[number], 1, null);
                for (Written written : Written.by(plan.steps().get(number))) {
                    Slot slot = plan.slot(written.view());
                    search.look(number, written, slot.dtype(), memory(slot));
                }
            }
        }
        clock++;
        return search.found();
    }

    private MemorySegment memory(Slot slot) {
        return switch (slot.place()) {
            case Slot.Place.Arena(long offset) -> arena.segment().asSlice(offset, slot.bytes());
            case Slot.Place.External(int index) -> externals.get(index).segment();
        };
    }

    @Override
    public synchronized Times runTimed(long times) {
        requireOpen();
        long[] byTask = new long[tasks.length];
        long[][] byRow = plan.runs().stream().map(run -> new long[run.axes().size()]).toArray(long[][]::new);
        for (int i = 0; i < byRow.length; i++) {
            compiler.runs().get(i).measure(byRow[i]);
        }
        long start = System.nanoTime();
        try {
            runs(times, byTask);
        } finally {
            compiler.runs().forEach(run -> run.measure(null));
        }
        long total = System.nanoTime() - start;
        long[] byStep = new long[plan.steps().size()];
        for (int i = 0; i < byTask.length; i++) {
            if (compiler.steps().get(i) >= 0) {
                byStep[compiler.steps().get(i)] += byTask[i];
            }
        }
        for (int i = 0; i < byRow.length; i++) {
            for (int step = 0; step < byRow[i].length; step++) {
                byStep[plan.runs().get(i).first() + step] += byRow[i][step];
            }
        }
        return new Times(byStep, total);
    }

    /** Runs tasks, {@code times} times over; adds the time of each to {@code nanoseconds}, unless that is null. */
    private void run(Chunks[] list, long times, long[] nanoseconds) {
        ended = list.length == 0 ? times : 0;
        boolean together = false;
        for (Chunks chunks : list) {
            together |= chunks.task().chunks() > 1;
        }
        if (list.length > 0 && times > 0) {
            boolean shared = together && workers.count() > 1;
            long turn = turns + 1;
            last = times - 1;
            try (Held _ = held.hold()) {
                externals.forEach(Buffer::address);   // brings what is newer elsewhere
                workers.run((worker, barrier) -> work(list, turn, worker, shared ? barrier : null,
                        worker == 0 ? nanoseconds : null), shared);
            } finally {
                turns = turn + ended + 1;   // where one fails, others may have begun the next
            }
        }
    }

    /**
     * One worker's part. Neighbours that are both worker 0's alone need no barrier between them, and none is needed behind what
     * each worker does for itself. A task's time ends when the next one begins, so it has the waiting for the others in it.
     */
    private void work(Chunks[] list, long turn, int worker, Barrier barrier, long[] nanoseconds) {
        int count = barrier == null ? 1 : workers.count();
        long start = nanoseconds == null ? 0 : System.nanoTime();
        for (long time = 0; time <= last; time++) {
            if (worker == 0 && Thread.currentThread().isInterrupted()) {
                last = time;
            }
            for (int i = 0; i < list.length; i++) {
                Task task = list[i].task();
                list[i].run(worker, count, turn + time, clock + time);
                boolean alone = task.isPrivate()
                        || task.chunks() == 1 && list[i + 1 < list.length ? i + 1 : 0].task().chunks() == 1;
                if (barrier != null && !alone && !barrier.await(worker, task)) {
                    return;
                }
                if (nanoseconds != null) {
                    long now = System.nanoTime();
                    nanoseconds[i] += now - start;
                    start = now;
                }
            }
            if (worker == 0) {
                ended = time + 1;
            }
        }
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
        if (scope.isClosed()) {
            throw new IllegalStateException("this program is closed");
        }
    }

    @Override
    public synchronized void close() {
        scope.close();
    }
}
