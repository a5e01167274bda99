package dev.joule.ed.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Program.Fault;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;

/** Runs a training step, one program, again and again; measures its time; and finds out what happened when the loss is not finite. */
public final class Trainer implements AutoCloseable {
    /** A copy of the variables is kept for the search after a NaN. It is made only so often that it costs nothing that can be measured. */
    private static final long SNAPSHOT_EVERY = 1000;

    private final Store store;
    private final Expr loss;
    private final Program program;
    private Map<Expr, double[]> snapshot;
    private long snapshotAt;
    private long nanos;

    /** @param updates what a step does to the variables, computed with the loss */
    public Trainer(Store store, Expr loss, List<Update> updates) {
        this.store = store;
        this.loss = loss;
        this.program = Program.compile(store, List.of(loss), updates);
        keep();
    }

    /**
     * Trains on. The step that goes wrong, and the expression, are found by running again from the last snapshot: a run repeats to the bit.
     *
     * @throws NotFinite when the loss is not finite
     */
    public void run(long steps) {
        long start = System.nanoTime();
        program.run(steps);
        nanos += System.nanoTime() - start;
        if (!Double.isFinite(loss())) {
            throw search();
        }
        if (step() - snapshotAt >= SNAPSHOT_EVERY) {
            keep();
        }
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

    private void keep() {
        snapshot = new LinkedHashMap<>();
        store.variables().forEach(variable -> snapshot.put(variable, store.get(variable)));
        snapshotAt = step();
    }

    private void restore() {
        snapshot.forEach(store::set);
        program.rewind(snapshotAt);
    }

    private NotFinite search() {
        long end = step();
        restore();
        do {
            program.run(1);
        } while (Double.isFinite(loss()) && step() < end);
        long first = step();
        double value = loss();
        restore();
        program.run(first - snapshotAt - 1);
        Fault fault = program.runChecked().orElseThrow();
        restore();
        return new NotFinite(first, snapshotAt, value, fault);
    }

    @Override
    public void close() {
        program.close();
    }
}
