package dev.joule.ed.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;

/**
 * A copy of the variables that a program changes, to go back to; and whether others have changed some of what it reads since then: if not, its
 * runs repeat to the bit.
 */
final class Snapshot {
    private final Store store;
    private final Program program;
    private final Watch inputs, own;   // of all that the program reads or changes; of what it changes
    private Map<Expr, double[]> values;
    private long step;

    /** Looks for changes by others than the program, by the store's count of changes. */
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

        void beforeRuns() {
            alone &= isQuiet();
            seen += program.updated().size();   // what they change; who counts more has met somebody else's
        }

        void afterRuns() {
            alone &= isQuiet();
            seen = store.changes(of);
        }
    }

    Snapshot(Store store, Program program) {
        this.store = store;
        this.program = program;
        this.inputs = new Watch(program.variables());
        this.own = new Watch(program.updated());
        keep(now());
    }

    /** The step whose variables these are. */
    long step() {
        return step;
    }

    /** The values that the variables have now. */
    Map<Expr, double[]> now() {
        Map<Expr, double[]> now = new LinkedHashMap<>();
        program.updated().forEach(variable -> now.put(variable, store.get(variable)));
        return now;
    }

    /** Makes these values, of now, the copy. */
    void keep(Map<Expr, double[]> now) {
        values = now;
        step = program.clock();
        watch();
    }

    /** From now on nobody has changed anything. */
    void watch() {
        List.of(inputs, own).forEach(Watch::begin);
    }

    void restore() {
        set(values, step);
    }

    void set(Map<Expr, double[]> variables, long clock) {
        variables.forEach(store::set);
        program.rewind(clock);
    }

    /** A variable that was finite and is so no more. */
    Optional<Expr> spoilt(Map<Expr, double[]> now) {
        return now.keySet().stream().filter(variable -> isFinite(values.get(variable)) && !isFinite(now.get(variable)))
                .findFirst();
    }

    private static boolean isFinite(double[] values) {
        return Arrays.stream(values).allMatch(Double::isFinite);
    }

    /** Runs the program. What was set from outside before the first run after the copy belongs to the copy. */
    void run(long times) {
        if (!inputs.isQuiet() && program.clock() == step) {
            keep(now());
        }
        List.of(inputs, own).forEach(Watch::beforeRuns);
        try {
            program.run(times);
        } finally {
            List.of(inputs, own).forEach(Watch::afterRuns);
        }
    }

    /** Whether nobody else has changed anything that the program reads. */
    boolean repeats() {
        return inputs.alone;
    }

    /** Whether nobody else has changed what the program changes. */
    boolean isOwn() {
        return own.alone;
    }
}
