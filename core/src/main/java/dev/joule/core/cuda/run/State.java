package dev.joule.core.cuda.run;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.joule.core.cuda.driver.Driver;
import dev.joule.core.memory.Buffer;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Step;

/** What a program keeps on the device from run to run, {@code State} in prelude.cu: clock, seed, and the first row that was outside. */
final class State implements AutoCloseable {
    static final long BYTES = 32;
    private static final long CLOCK = 0, SEED = 8, FAULT = 16, ROW = 20, ROWS = 24;

    private final Driver driver;
    private final long stream;
    private final long there;
    private final Buffer here = Buffer.allocate(BYTES);

    State(Driver driver, long stream, long there) {
        this.driver = driver;
        this.stream = stream;
        this.there = there;
    }

    /** Sets clock and seed, and forgets a fault. */
    void set(long clock, long seed) {
        here.segment().fill((byte) 0).set(JAVA_LONG, CLOCK, clock);
        here.segment().set(JAVA_LONG, SEED, seed);
        driver.upload(stream, there, here.segment());
    }

    /** Waits for all runs. @throws IndexOutOfBoundsException if one of them met a row that there is not */
    void check(Plan plan) {
        driver.download(stream, here.segment(), there);
        int fault = here.segment().get(JAVA_INT, FAULT);
        if (fault != 0) {
            Step step = plan.steps().get(fault - 1);
            String what = switch (step) {
                case LoopStep _, MatMulStep _ -> "gather";
                case ScatterStep scatter -> scatter.word();
            };
            throw new IndexOutOfBoundsException(
                    "%s: row %d is outside of 0..%d (%s)".formatted(what, here.segment().get(JAVA_INT, ROW),
                            here.segment().get(JAVA_INT, ROWS) - 1, step.origin()));
        }
    }

    @Override
    public void close() {
        here.close();
    }
}
