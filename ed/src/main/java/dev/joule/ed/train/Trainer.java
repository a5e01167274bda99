package dev.joule.ed.train;

import java.io.IOException;
import java.nio.file.Path;
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
    /** So often a copy of the variables is made, for the search after a NaN; less often where they are so many that it would take long. */
    private static final long SNAPSHOT_EVERY = 1000, NUMBERS_A_STEP = 2000;

    private final Store store;
    private final Expr loss;
    private final Program program;
    private final Snapshot snapshot;
    private final long snapshotEvery;
    private long nanos;

    /** @param updates what a step does to the variables, computed with the loss */
    public Trainer(Store store, Expr loss, List<Update> updates) {
        if (loss.rank() != 0) {
            throw Origin.error("trainer: the loss has shape " + loss.shape() + ", and must have []; reduce it with mean()");
        }
        this.store = store;
        this.loss = loss;
        this.program = Program.compile(store, List.of(loss), updates);
        this.snapshot = new Snapshot(store, program);
        long numbers = program.updated().stream().mapToLong(variable -> variable.shape().count()).sum();
        this.snapshotEvery = Math.max(SNAPSHOT_EVERY, numbers / NUMBERS_A_STEP);
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
        long start = System.nanoTime();
        try {
            snapshot.run(steps);
        } finally {
            nanos += System.nanoTime() - start;
        }
        if (!Double.isFinite(loss())) {
            throw search();
        }
        if (step() - snapshot.step() >= snapshotEvery) {
            Map<Expr, double[]> now = snapshot.now();
            if (snapshot.spoilt(now).isPresent()) {
                throw search();
            }
            snapshot.keep(now);
        }
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
     * @throws IOException if it is no such file, or of a program with other variables or other noise; then nothing changes
     */
    public void resume(Path file) throws IOException {
        Checkpoint.resume(file, store, program);
        snapshot.keep(snapshot.now());
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

    private NotFinite search() {
        long end = step();
        double last = loss();
        Map<Expr, double[]> values = snapshot.now();
        Optional<String> spoilt = snapshot.spoilt(values).map(Names::of);
        if (snapshot.repeats()) {
            Optional<NotFinite> found = repeated(end);
            if (found.isPresent()) {
                return found.get();
            }
        } else if (snapshot.isOwn()) {
            Optional<Fault> fault = look(() -> {
                snapshot.restore();
                program.rewind(end - 1);   // the noise of the step that failed, on the data that it had
            });
            goBack();
            return new NotFinite(end, snapshot.step(), last, spoilt, NotFinite.inTheLast(fault, snapshot.step()));
        }
        // something else has changed: the steps do not repeat, and there is nothing to go back to
        snapshot.set(values, end);
        snapshot.watch();
        return new NotFinite(end, end, last, spoilt, NotFinite.unknown());
    }

    /** Goes again from the snapshot, step by step, to the one that fails; and once more to just before it, to look at all it does. */
    private Optional<NotFinite> repeated(long end) {
        snapshot.restore();
        do {
            program.run(1);
        } while (step() < end && Double.isFinite(loss()) && spoilt().isEmpty());
        long first = step();
        double value = loss();
        Optional<String> spoilt = spoilt();
        Optional<Fault> fault = look(() -> {
            snapshot.restore();
            program.run(first - snapshot.step() - 1);
        });
        goBack();
        return fault.map(found -> new NotFinite(first, snapshot.step(), value, spoilt, NotFinite.found(found)));
    }

    private Optional<String> spoilt() {
        return snapshot.spoilt(snapshot.now()).map(Names::of);
    }

    private void goBack() {
        snapshot.restore();
        snapshot.watch();
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
