package dev.joule.autodiff;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

import dev.joule.autodiff.planner.Pass;
import dev.joule.autodiff.planner.Planned;
import dev.joule.autodiff.planner.Planner;
import dev.joule.core.Execution;
import dev.joule.core.Tensor;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.NonFinite;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Written;

/**
 * Expressions, compiled for the device of a store: each run computes the outputs and gives variables their new values. Everything that a
 * run needs, noise and data choice too, happens on the device; nothing is allocated.
 *
 * <pre>{@code
 * try (Store store = new Store(Devices.cpu(), 0);
 *         Program step = Program.compile(store, List.of(loss), Adam.of(1e-3).minimise(loss, net.parameters()))) {
 *     step.run(1000);
 *     System.out.println(step.scalar(loss));
 * }
 * }</pre>
 */
public final class Program implements AutoCloseable {
    /**
     * The first step of a run that gave a number that is not finite.
     *
     * @param step its number in the plan
     * @param expression what it computes, and where that was written
     * @param infinity what gave the first infinity, if a NaN came after it
     */
    public record Fault(int step, String expression, Optional<String> infinity) {
        @Override
        public String toString() {
            return expression + infinity.map(before -> ", after an infinity in: " + before).orElse("");
        }
    }

    private final Store store;
    private final Planned planned;
    private final long seed;
    private final Scope memory = new Scope();
    private final List<Tensor> externals;
    private final Execution execution;
    private final List<Expr> variables;
    private final List<Expr> updated;
    private volatile boolean hasRun;

    private Program(Store store, Planned planned, long seed) {
        this.store = store;
        this.planned = planned;
        this.seed = seed;
        this.variables = variables(planned);
        this.updated = planned.plan().steps().stream().flatMap(step -> Written.by(step).stream())
                .flatMap(written -> external(planned.plan().slot(written.view()))).filter(variables::contains).distinct()
                .toList();
        try {
            this.externals = store.externals(planned, memory);
            this.execution = memory.add(store.prepare(planned, externals, seed));
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    private static List<Expr> variables(Planned planned) {
        return planned.externals().stream().filter(node -> node.op() instanceof Op.Variable).toList();
    }

    private Stream<Expr> external(Slot slot) {
        return slot.place() instanceof Slot.Place.External(int number) ? Stream.of(planned.externals().get(number))
                : Stream.empty();
    }

    /** The variables that a run reads or updates. */
    public List<Expr> variables() {
        return variables;
    }

    /** Those that a run gives new values. */
    public List<Expr> updated() {
        return updated;
    }

    public static Program compile(Store store, Expr... outputs) {
        return compile(store, Arrays.asList(outputs), List.of());
    }

    /** All outputs and updates are computed from the variables' values at the start of a run. */
    public static Program compile(Store store, List<Expr> outputs, List<Update> updates) {
        if (outputs.stream().anyMatch(Objects::isNull)) {
            throw Origin.error("compile: output " + outputs.indexOf(null) + " is null");
        }
        return of(store, Planner.plan(outputs, updates, Pass.wanted(store.device().readsWindows())));
    }

    /** Makes a plan ready that the caller has chosen the passes of. */
    public static Program of(Store store, Planned planned) {
        store.initialise(variables(planned));
        return of(store, planned, store.nextSeed());
    }

    private static Program of(Store store, Planned planned, long seed) {
        Program program = new Program(store, planned, seed);
        try {
            store.add(program);
        } catch (RuntimeException e) {
            program.close();
            throw e;
        }
        return program;
    }

    public void run() {
        run(1);
    }

    /**
     * Runs many times without coming back to the host in between. If one of the runs fails (an index out of bounds), those before it count; of its
     * own updates some may have been made, and the clock does not count it.
     *
     * @throws java.util.concurrent.CancellationException if the thread is interrupted: the run that is under way is the last then, and those that
     *             were made count; the thread stays interrupted
     */
    public void run(long times) {
        if (times < 0) {
            throw new IllegalArgumentException("run: " + times + " times");
        }
        if (times > 0) {
            begin().run(times);
            hasRun = true;
        }
    }

    /**
     * Runs {@code times} times, and gives the value of an output of shape [] in each of the runs: a loss's curve. On a GPU no run waits for the
     * value of the one before. An interrupt ends it as {@link #run(long)}.
     */
    public double[] trace(int times, Expr output) {
        if (times < 1) {
            throw new IllegalArgumentException("trace: " + times + " times");
        }
        Tensor scalar = scalarOutput("trace", output);
        double[] values = begin().trace(times, scalar);
        hasRun = true;
        return values;
    }

    private void requireOpen() {
        if (memory.isClosed()) {
            throw new IllegalStateException("this program is closed");
        }
    }

    /** Whoever looks for what changes variables sees this, also if the run fails halfway. */
    private Execution begin() {
        requireOpen();
        store.changed(updated);
        return execution;
    }

    /** What its random numbers are keyed by, besides its clock: the store gives it, by the program's turn. */
    public long seed() {
        return seed;
    }

    /** How many runs have ended. Random numbers are keyed by it. */
    public long clock() {
        return execution.clock();
    }

    /** Sets the clock, so that the next run draws what it drew then. Variables stay as they are. */
    public void rewind(long clock) {
        if (clock < 0) {
            throw new IllegalArgumentException("rewind: to " + clock + " runs");
        }
        execution.rewind(clock);
    }

    /** The value of an output of shape [] in the last run. */
    public double scalar(Expr output) {
        return ran(scalarOutput("scalar", output)).get(0);
    }

    private Tensor scalarOutput(String asked, Expr output) {
        if (output.rank() != 0) {
            throw Origin
                    .error(asked + ": the output has shape " + output.shape() + ", and must have []; values() gives it whole");
        }
        return result(output);
    }

    private Tensor ran(Tensor result) {
        requireOpen();
        if (!hasRun) {
            throw new IllegalStateException("this program has no results yet: run() it first");
        }
        return result;
    }

    /** The values of an output in the last run, in row-major order. */
    public double[] values(Expr output) {
        return ran(result(output)).toArray();
    }

    /**
     * Runs once, looking for numbers that are not finite after each step: first for a NaN, else for an infinity. A step may compute many
     * expressions, all of which it names; those of an {@link #unfused} program compute one.
     */
    public Optional<Fault> runChecked() {
        Optional<NonFinite.Found> found = begin().runChecked();
        hasRun = true;
        return found.map(at -> new Fault(at.step(), origin(at.step()),
                at.infinite().stream().mapToObj(this::origin).findFirst()));
    }

    private String origin(int step) {
        return plan().steps().get(step).origin();
    }

    /**
     * The same program with a step for each expression, at the same clock: it draws the same numbers and makes the same updates, but slowly, with
     * memory for each expression, and rounded in another order.
     */
    public Program unfused() {
        Program program = of(store, planned.unfused(), seed);
        program.rewind(clock());
        return program;
    }

    /**
     * Runs {@code times} times, and tells how long the steps of the plan took. On a GPU, where they are launched one by one then, sums over rows are
     * rounded in another order.
     */
    public Execution.Times runTimed(long times) {
        if (times < 1) {
            throw new IllegalArgumentException("runTimed: " + times + " times");
        }
        Execution.Times measured = begin().runTimed(times);
        hasRun = true;
        return measured;
    }

    public Plan plan() {
        return planned.plan();
    }

    public Planned planned() {
        return planned;
    }

    private Tensor result(Expr output) {
        Integer number = planned.outputs().get(output);
        if (number == null) {
            throw Origin.error("program: " + Names.of(output) + " " + output.shape() + " is not one of its outputs");
        }
        return externals.get(number);
    }

    @Override
    public void close() {
        memory.close();
        store.remove(this);
    }
}
