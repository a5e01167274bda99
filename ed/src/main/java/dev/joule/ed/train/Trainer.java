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
    /** The store's count of changes of what a step reads, after this trainer's last; and whether all since the snapshot are its own. */
    private long seen;
    private boolean alone = true;
    private long nanos;

    /** @param updates what a step does to the variables, computed with the loss */
    public Trainer(Store store, Expr loss, List<Update> updates) {
        if (loss.rank() != 0) {
            throw Origin.error("trainer: the loss has shape " + loss.shape() + ", and must have []; reduce it with mean()");
        }
        this.store = store;
        this.loss = loss;
        this.program = Program.compile(store, List.of(loss), updates);
        this.variables = updates.stream().map(Update::variable).toList();
        keep(values());
    }

    /**
     * Trains on. The step that goes wrong, and the expression, are found by running again from the last snapshot: a run repeats to the bit.
     * (Where others have changed what a step reads since then, as who sets a batch before each run, it does not; then the step is not found,
     * and variables stay as they are.)
     *
     * @throws NotFinite when the loss is not finite, or, looked at now and then, a variable no longer is
     */
    public void run(long steps) {
        if (steps == 0) {
            return;
        }
        if (changes() != seen && step() == snapshotAt) {
            keep(values());
        }
        alone &= changes() == seen;
        long start = System.nanoTime();
        seen += program.updated().size();   // what this changes; who counts more has met somebody else's
        program.run(steps);
        nanos += System.nanoTime() - start;
        alone &= changes() == seen;
        seen = changes();
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

    private long changes() {
        return store.changes(program.variables());
    }

    private void keep(Map<Expr, double[]> values) {
        snapshot = values;
        snapshotAt = step();
        seen = changes();
        alone = true;
    }

    /** Writes all variables of the store to a file, so that training can go on another day: see {@link Checkpoint}. */
    public void save(Path file) throws IOException {
        Checkpoint.save(file, store, step());
    }

    /**
     * Goes on from where {@link #save} was: the steps that follow are the same, to the bit, as if nothing had been in between.
     *
     * @throws IOException if it is no such file, or another program's; then nothing changes
     */
    public void resume(Path file) throws IOException {
        program.rewind(Checkpoint.load(file, store));
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

    /** Goes again from the snapshot, step by step, to the one that fails; and once more to just before it, to look at all it does. */
    private NotFinite search() {
        long end = step();
        double last = loss();
        Map<Expr, double[]> values = values();
        if (!alone) {
            return new NotFinite(end, last, spoilt(values).map(Names::of));
        }
        restore();
        do {
            program.run(1);
        } while (step() < end && Double.isFinite(loss()) && !isSpoilt(values()));
        long first = step();
        double value = loss();
        Optional<Expr> spoilt = spoilt(values());
        restore();
        program.run(first - snapshotAt - 1);
        Optional<Fault> fault = program.runChecked();
        if (fault.isPresent()) {
            restore();
            seen = changes();
            return new NotFinite(first, snapshotAt, value, spoilt.map(Names::of), fault.get());
        }
        // something else that the steps read has changed: they do not repeat, and there is nothing to go back to
        Optional<Expr> lost = spoilt(values);
        values.forEach(store::set);
        program.rewind(end);
        seen = changes();
        return new NotFinite(end, last, lost.map(Names::of));
    }

    @Override
    public void close() {
        program.close();
    }
}
