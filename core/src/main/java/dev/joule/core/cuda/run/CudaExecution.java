package dev.joule.core.cuda.run;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

import dev.joule.core.Execution;
import dev.joule.core.Tensor;
import dev.joule.core.cuda.driver.DeviceException;
import dev.joule.core.cuda.driver.Driver;
import dev.joule.core.cuda.schedule.Launch;
import dev.joule.core.cuda.schedule.Schedule;
import dev.joule.core.memory.Buffer;
import dev.joule.core.memory.Held;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.NonFinite;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.Written;

/**
 * A plan on a GPU: its memory there, and the whole step as a graph that one call launches. Clock and seed are on the device, so that nothing
 * is sent between runs.
 *
 * <p>With the system property {@code joule.cuda.debug=true} steps are launched one by one, and waited for, so that an error names the
 * step that it comes from.
 */
final class CudaExecution implements Execution {
    private final Plan plan;
    private final List<Buffer> buffers;
    private final Held held;
    private final long seed;
    private final CudaDevice device;
    private final Driver driver;
    private final Scope scope = new Scope();
    private final boolean[] written;
    private final Placement placement;
    private final State state;
    /** What runs launch; in debug mode there is none. */
    private long graph;
    /** Each step by itself, made when it is first asked for. */
    private Loaded single;
    private long clock;

    CudaExecution(Plan plan, List<Tensor> externals, long seed, CudaDevice device) {
        this.plan = plan;
        this.buffers = externals.stream().map(Tensor::buffer).toList();
        this.held = new Held(buffers);
        this.seed = seed;
        this.device = device;
        this.driver = device.driver();
        this.written = written(plan, externals.size());
        try {
            Schedule schedule = Schedule.of(plan);
            placement = place(schedule, externals);
            state = scope.add(new State(driver, device.main(), placement.state()));
            state.set(0, seed);
            if (!Boolean.getBoolean("joule.cuda.debug")) {
                Loaded loaded = new Loaded(device, schedule, placement, scope);
                synchronized (device) {
                    graph = loaded.capture(scope);
                }
            }
        } catch (DeviceException e) {
            DeviceException explained = device.memory().explained(e);
            scope.close();
            throw explained;
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    private static boolean[] written(Plan plan, int externals) {
        boolean[] written = new boolean[externals];
        for (Step step : plan.steps()) {
            for (Written array : Written.by(step)) {
                if (plan.slot(array.view()).place() instanceof Slot.Place.External(int index)) {
                    written[index] = true;
                }
            }
        }
        return written;
    }

    private Placement place(Schedule schedule, List<Tensor> externals) {
        long arena = allocate(plan.arenaBytes(), "arena of a program of " + plan.steps().size() + " steps", scope);
        long[] slots = plan.slots().stream().mapToLong(slot -> switch (slot.place()) {
            case Slot.Place.Arena(long offset) -> arena + offset;
            case Slot.Place.External(int index) ->
                device.copyOf(externals.get(index).buffer(), externals.get(index) + " " + slot.label()).address();
        }).toArray();
        return new Placement(plan, slots, scratch(schedule, scope), allocate(State.BYTES, "state of a program", scope));
    }

    private long[] scratch(Schedule schedule, Scope scope) {
        long scratch = allocate(schedule.scratch()[plan.steps().size()], "partial sums", scope);
        return Arrays.stream(schedule.scratch()).map(offset -> scratch + offset).toArray();
    }

    private long allocate(long bytes, String by, Scope scope) {
        if (bytes == 0) {
            return 0;
        }
        long address = device.memory().allocate(bytes, by);
        scope.add(() -> device.memory().free(address));
        return address;
    }

    @Override
    public synchronized void run(long times) {
        requireOpen();
        synchronized (device) {
            onDevice(times, _ -> launch());
        }
    }

    private void launch() {
        if (graph == 0) {
            each((step, number) -> {
                launch(step, number);
                waitFor(step);
            });
        } else {
            driver.launchGraph(graph, device.main());
        }
    }

    /** The values are kept on the device, each behind its run, and brought when all have ended. */
    @Override
    public synchronized double[] trace(int times, Tensor scalar) {
        requireOpen();
        int bytes = scalar.dtype().bytes();
        long from = device.copyOf(scalar.buffer(), scalar + " to trace").address();
        try (Scope kept = new Scope(); Buffer here = Buffer.allocate((long) times * bytes)) {
            long there = allocate((long) times * bytes, "trace of " + times + " runs", kept);
            synchronized (device) {
                onDevice(times, i -> {
                    launch();
                    driver.copy(device.main(), there + i * bytes, from, bytes);
                });
                driver.download(device.main(), here.segment(), there);
            }
            return IntStream.range(0, times).mapToDouble(i -> Tensor.get(here.segment(), scalar.dtype(), i)).toArray();
        }
    }

    /** What to do for each launch of the steps one by one. */
    private interface PerStep {
        void go(int step, int launch);
    }

    private void each(PerStep action) {
        List<Launch> launches = single().schedule().launches();
        for (int number = 0; number < launches.size(); number++) {
            action.go(launches.get(number).work().steps().findFirst().orElseThrow(), number);
        }
        single().tick(device.main());
    }

    private void launch(int step, int number) {
        try {
            single().launch(number, device.main());
        } catch (DeviceException e) {
            throw at(step, e);
        }
    }

    private void waitFor(int step) {
        try {
            driver.synchronize(device.main());
        } catch (DeviceException e) {
            throw at(step, e);
        }
    }

    private DeviceException at(int step, DeviceException e) {
        return new DeviceException("step %d, %s: %s".formatted(step, plan.steps().get(step).origin(), e.getMessage()), e);
    }

    private Loaded single() {
        if (single == null) {
            Schedule oneByOne = Schedule.oneByOne(plan);   // which may share out sums among blocks where a kernel of rows does not
            Scope own = new Scope();
            try {
                single = new Loaded(device, oneByOne, placement.with(scratch(oneByOne, own)), own);
                scope.add(own);
            } catch (RuntimeException | Error e) {
                own.close();   // whoever tries again begins anew
                throw e;
            }
        }
        return single;
    }

    /** Sends what is newer on the host, and does some runs; nothing of them goes on after this, whatever happens. */
    private void onDevice(long times, LongConsumer run) {
        try (Held _ = held.hold()) {
            for (int i = 0; i < written.length; i++) {
                buffers.get(i).send(written[i]);
            }
            long made = 0;
            try {
                while (made < times && (made == 0 || !Thread.currentThread().isInterrupted())) {
                    run.accept(made++);
                }
                settle(made);
            } catch (RuntimeException | Error e) {
                DeviceException.quietly(() -> driver.synchronize(device.main()));
                DeviceException.quietly(() -> state.set(clock, seed));   // the runs that ended have moved it on
                throw e;
            } finally {
                for (int i = 0; i < written.length; i++) {
                    if (written[i]) {
                        buffers.get(i).changedThere();
                    }
                }
            }
            if (made < times) {
                throw Execution.interrupted(made, times);
            }
        }
    }

    /** Waits for the runs, and looks whether all went well. */
    private void settle(long times) {
        try {
            state.check(plan);
        } catch (DeviceException e) {
            throw graph == 0 ? e : new DeviceException(e.getMessage() + " (-Djoule.cuda.debug=true tells in which step)", e);
        }
        clock += times;
    }

    @Override
    public synchronized Optional<NonFinite.Found> runChecked() {
        requireOpen();
        NonFinite search = new NonFinite();
        synchronized (device) {
            onDevice(1, _ -> each((step, number) -> {
                launch(step, number);
                waitFor(step);
                boolean ended = number + 1 == single().schedule().launches().size()
                        || single().schedule().launches().get(number + 1).work().steps().noneMatch(next -> next == step);
                if (ended) {
                    look(search, step);
                }
            }));
        }
        return search.found();
    }

    private void look(NonFinite search, int step) {
        for (Written array : Written.by(plan.steps().get(step))) {
            Slot slot = plan.slot(array.view());
            try (Buffer here = Buffer.allocate(slot.bytes())) {
                driver.download(device.main(), here.segment(), placement.slots()[array.view().slot()]);
                search.look(step, array, slot.dtype(), here.segment());
            }
        }
    }

    /** Steps are launched one by one: what a graph gains does not show here. */
    @Override
    public synchronized Times runTimed(long times) {
        requireOpen();
        double[] nanoseconds = new double[plan.steps().size()];
        double[] total = new double[1];
        long first = device.main();
        synchronized (device) {
            try (Scope events = new Scope()) {
                long before = event(events), after = event(events);
                onDevice(times, _ -> each((step, number) -> {
                    driver.record(before, first);
                    launch(step, number);
                    driver.record(after, first);
                    double time = driver.nanoseconds(before, after);
                    nanoseconds[step] += time;
                    total[0] += time;
                }));
            }
        }
        return new Times(Arrays.stream(nanoseconds).mapToLong(Math::round).toArray(), Math.round(total[0]));
    }

    private long event(Scope events) {
        long event = driver.openEvent();
        events.add(() -> driver.closeEvent(event));
        return event;
    }

    @Override
    public synchronized long clock() {
        return clock;
    }

    @Override
    public synchronized void rewind(long clock) {
        requireOpen();
        state.set(clock, seed);
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
