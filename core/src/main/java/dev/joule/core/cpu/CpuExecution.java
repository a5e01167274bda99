package dev.joule.core.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

import dev.joule.core.Execution;
import dev.joule.core.Tensor;
import dev.joule.core.memory.Buffer;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.NonFinite;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.ScatterAddStep;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.Written;

/** A plan as a list of tasks, and the memory that they work on. All workers walk along the list in step. */
final class CpuExecution implements Execution {
    private final Plan plan;
    private final List<Tensor> externals;
    private final CpuDevice device;
    private final Workers workers;
    private final Scope scope = new Scope();
    private final Buffer arena;
    private final Task[] tasks;
    /** The first task of each step, and the end of the last. */
    private final int[] firstTask;
    private long clock;

    CpuExecution(Plan plan, List<Tensor> externals, long seed, CpuDevice device) {
        this.plan = plan;
        this.externals = List.copyOf(externals);
        this.device = device;
        this.workers = device.hire();
        scope.add(device::dismiss);
        try {
            arena = scope.add(Buffer.allocate(plan.arenaBytes()));
            List<Task> all = new ArrayList<>();
            Addresses addresses = new Addresses(plan, arena.address(), this.externals);
            Blas[] blas = IntStream.range(0, workers.count()).mapToObj(_ -> new Blas()).toArray(Blas[]::new);
            firstTask = new int[plan.steps().size() + 1];
            for (int i = 0; i < plan.steps().size(); i++) {
                all.addAll(switch (plan.steps().get(i)) {
                    case LoopStep loop -> TileLoop.of(loop, addresses, seed);
                    case MatMulStep mul -> Products.of(mul, addresses, blas);
                    case ScatterAddStep add -> List.of(new ScatterAdd(add, addresses));
                });
                firstTask[i + 1] = all.size();
            }
            tasks = all.toArray(Task[]::new);
            bind();
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /** Gives the tasks their memory. One task runs at a time, so all get the same. */
    private void bind() {
        long scratchBytes = 0;
        long sharedBytes = 0;
        for (Task task : tasks) {
            scratchBytes = Math.max(scratchBytes, task.scratchBytes());
            sharedBytes = Math.max(sharedBytes, task.sharedBytes());
        }
        long[] scratch = new long[workers.count()];
        for (int i = 0; i < scratch.length; i++) {
            scratch[i] = scope.add(Buffer.allocate(scratchBytes)).address();
        }
        long shared = scope.add(Buffer.allocate(sharedBytes)).address();
        for (Task task : tasks) {
            task.bind(scratch, shared);
        }
    }

    @Override
    public synchronized void run(long times) {
        requireOpen();
        run(0, tasks.length, times);
        clock += times;
    }

    @Override
    public synchronized OptionalInt runChecked() {
        requireOpen();
        NonFinite search = new NonFinite();
        for (int number = 0; number < plan.steps().size(); number++) {
            run(firstTask[number], firstTask[number + 1], 1);
            Step step = plan.steps().get(number);
            for (Written written : Written.by(step)) {
                Slot slot = plan.slot(written.view());
                search.look(number, written, slot.dtype(), memory(slot));
            }
        }
        clock++;
        return search.first();
    }

    private MemorySegment memory(Slot slot) {
        return switch (slot.place()) {
            case Slot.Place.Arena(long offset) -> arena.segment().asSlice(offset, slot.bytes());
            case Slot.Place.External(int index) -> externals.get(index).buffer().segment();
        };
    }

    /** Runs some of the tasks, {@code times} times over. */
    private void run(int from, int to, long times) {
        externals.forEach(tensor -> tensor.buffer().address());   // throws if one has been closed
        boolean together = false;
        for (int i = from; i < to; i++) {
            together |= tasks[i].chunks() > 1;
        }
        if (from < to && times > 0) {
            boolean shared = together && workers.count() > 1;
            workers.run((worker, barrier) -> work(from, to, times, worker, shared ? barrier : null), shared);
        }
    }

    /** One worker's part: its chunks of each task. Neighbours that are both worker 0's alone need no barrier between them. */
    private void work(int from, int to, long times, int worker, Barrier barrier) {
        int count = barrier == null ? 1 : workers.count();
        boolean alone = false;   // whether the task before was worker 0's alone
        for (long time = 0; time < times; time++) {
            for (int i = from; i < to; i++) {
                Task task = tasks[i];
                int chunks = task.chunks();
                if (barrier != null && !(alone && chunks == 1) && !barrier.await(worker)) {
                    return;
                }
                alone = chunks == 1;
                for (int chunk = first(chunks, worker, count); chunk < first(chunks, worker + 1, count); chunk++) {
                    task.run(chunk, worker, clock + time);
                }
            }
        }
    }

    /** The chunks that workers share are neighbours; the first worker has the one more. */
    private static int first(int chunks, int worker, int workers) {
        return (chunks * worker + workers - 1) / workers;
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
