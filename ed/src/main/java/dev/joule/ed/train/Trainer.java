package dev.joule.ed.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Origin;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Program.Fault;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.ed.file.Checkpoint;

/** Runs a training step, one program, again and again; measures its time; and finds out what happened when the loss is not finite. */
public final class Trainer implements AutoCloseable {
    /** A copy of the variables is kept for the search after a NaN. It is made only so often that it costs nothing that can be measured. */
    private static final long SNAPSHOT_EVERY = 1000;

    private final Store store;
    private final Expr loss;
    private final Program program;
    /** Those that a step changes. */
    private final List<Expr> variables;
    private Map<Expr, double[]> snapshot;
    private long snapshotAt;
    private final Watch inputs, own;   // of all that a step reads; of what it changes
    private long nanos;

    /** Looks whether others than this trainer have changed some variables since the last copy, by the store's count of changes. */
    private final class Watch {
        private final List<Expr> of;
        private long seen;
        private boolean alone;

        Watch(List<Expr> of) {
            this.of = of;
        }

        void begin() {
            seen = store.changes(of);
            alone = true;
        }

        boolean isQuiet() {
            return store.changes(of) == seen;
        }

        void beforeSteps() {
            alone &= isQuiet();
            seen += program.updated().size();   // what they change; who counts more has met somebody else's
        }

        void afterSteps() {
            alone &= isQuiet();
            seen = store.changes(of);
        }
    }

    /** @param updates what a step does to the variables, computed with the loss */
    public Trainer(Store store, Expr loss, List<Update> updates) {
        if (loss.rank() != 0) {
            throw Origin.error("trainer: the loss has shape " + loss.shape() + ", and must have []; reduce it with mean()");
        }
        this.store = store;
        this.loss = loss;
        this.program = Program.compile(store, List.of(loss), updates);
        this.variables = updates.stream().map(Update::variable).toList();
        this.inputs = new Watch(program.variables());
        this.own = new Watch(program.updated());
        keep(values());
    }

    /**
     * Trains on. The step that goes wrong, and the expression, are found by running again from the last snapshot: a run repeats to the bit.
     * (Where others have changed what a step reads since then, as who sets a batch before each run, it does not: then the last step alone is
     * looked at, from the snapshot. Where they have changed what a step changes, variables stay as they are.)
     *
     * @throws NotFinite when the loss is not finite, or, looked at now and then, a variable no longer is
     */
    public void run(long steps) {
        if (steps == 0) {
            return;
        }
        if (!inputs.isQuiet() && step() == snapshotAt) {
            keep(values());
        }
        List.of(inputs, own).forEach(Watch::beforeSteps);
        long start = System.nanoTime();
        program.run(steps);
        nanos += System.nanoTime() - start;
        List.of(inputs, own).forEach(Watch::afterSteps);
        if (!Double.isFinite(loss())) {
            throw search();
        }
        if (step() - snapshotAt >= SNAPSHOT_EVERY) {
            Map<Expr, double[]> now = values();
            if (isSpoilt(now)) {
                throw search();
            }
            keep(now);
        }
    }

    private void keep(Map<Expr, double[]> values) {
        snapshot = values;
        snapshotAt = step();
        begin();
    }

    private void begin() {
        List.of(inputs, own).forEach(Watch::begin);
    }

    /**
     * Writes all variables of the store to a file, so that training can go on another day: see {@link Checkpoint}. Of several trainers that share
     * a store, each needs a file of its own, as each has made its own number of steps.
     */
    public void save(Path file) throws IOException {
        Checkpoint.save(file, store, program);
    }

    /**
     * Goes on from where {@link #save} was: the steps that follow are the same, to the bit, as if nothing had been in between.
     *
     * @throws IOException if it is no such file, or another program's; then nothing changes
     */
    public void resume(Path file) throws IOException {
        Checkpoint.resume(file, store, program);
        keep(values());
    }

    /** The loss of the last step. */
    public double loss() {
        return program.scalar(loss);
    }

    /** How many steps have been made. */
    public long step() {
        return program.clock();
    }

    /** Time spent in steps. */
    public double seconds() {
        return nanos * 1e-9;
    }

    private Map<Expr, double[]> values() {
        Map<Expr, double[]> values = new LinkedHashMap<>();
        variables.forEach(variable -> values.put(variable, store.get(variable)));
        return values;
    }

    private boolean isSpoilt(Map<Expr, double[]> now) {
        return spoilt(now).isPresent();
    }

    /** A variable that was finite and is so no more. */
    private Optional<Expr> spoilt(Map<Expr, double[]> now) {
        return variables.stream().filter(variable -> isFinite(snapshot.get(variable)) && !isFinite(now.get(variable)))
                .findFirst();
    }

    private static boolean isFinite(double[] values) {
        return Arrays.stream(values).allMatch(Double::isFinite);
    }

    private void restore() {
        snapshot.forEach(store::set);
        program.rewind(snapshotAt);
    }

    private NotFinite search() {
        long end = step();
        double last = loss();
        Map<Expr, double[]> values = values();
        Optional<String> lost = spoilt(values).map(Names::of);
        if (inputs.alone) {
            Optional<NotFinite> found = repeated(end);
            if (found.isPresent()) {
                begin();
                return found.get();
            }
        } else if (own.alone) {
            Optional<Fault> fault = look(() -> {
                restore();
                program.rewind(end - 1);   // the noise of the step that failed, on the data that it had
            });
            restore();
            begin();
            return new NotFinite(end, snapshotAt, last, lost, NotFinite.inTheLast(fault, snapshotAt));
        }
        // something else has changed: the steps do not repeat, and there is nothing to go back to
        values.forEach(store::set);
        program.rewind(end);
        begin();
        return new NotFinite(end, end, last, lost, NotFinite.unknown());
    }

    /** Goes again from the snapshot, step by step, to the one that fails; and once more to just before it, to look at all it does. */
    private Optional<NotFinite> repeated(long end) {
        restore();
        do {
            program.run(1);
        } while (step() < end && Double.isFinite(loss()) && !isSpoilt(values()));
        long first = step();
        double value = loss();
        Optional<String> spoilt = spoilt(values()).map(Names::of);
        Optional<Fault> fault = look(() -> {
            restore();
            program.run(first - snapshotAt - 1);
        });
        restore();
        return fault.map(found -> new NotFinite(first, snapshotAt, value, spoilt, NotFinite.found(found)));
    }

    /** What goes wrong in a step: looked for expression by expression; where that goes well, or is too large, by the steps as they are. */
    private Optional<Fault> look(Runnable before) {
        before.run();
        try (Program unfused = program.unfused()) {
            Optional<Fault> fault = unfused.runChecked();
            if (fault.isPresent()) {
                return fault;
            }
        } catch (OutOfMemoryError _) {   // an expression's value may be too large where a loop's tile is not
        }
        before.run();
        return program.runChecked();
    }

    @Override
    public void close() {
        program.close();
    }
}
