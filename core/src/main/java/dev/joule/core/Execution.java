package dev.joule.core;

import java.util.Optional;
import java.util.concurrent.CancellationException;

import dev.joule.core.plan.NonFinite;

/**
 * A plan that a device has prepared: its memory is laid out, and it can be run any number of times. Closing it frees the memory.
 *
 * <p>If the thread that asks for many runs is interrupted, the one that is under way is the last: then they end with a
 * {@link CancellationException}, and those that were made count.
 */
public interface Execution extends AutoCloseable {
    /** Runs the plan {@code times} times; each run draws its own random numbers, keyed by {@link #clock}. */
    void run(long times);

    /**
     * Runs the plan {@code times} times, and gives what one of its tensors, of one element, was after each run. No run waits until the value
     * of the one before has arrived.
     */
    default double[] trace(int times, Tensor scalar) {
        double[] values = new double[times];
        for (int i = 0; i < times; i++) {
            run(1);
            values[i] = scalar.get(0);
            requireGoingOn(i + 1, times);
        }
        return values;
    }

    /** @throws CancellationException if the thread is interrupted before all runs have been made */
    static void requireGoingOn(long made, long asked) {
        if (made < asked && Thread.currentThread().isInterrupted()) {
            throw interrupted(made, asked);
        }
    }

    /** What runs end with whose thread was interrupted. */
    static CancellationException interrupted(long made, long asked) {
        return new CancellationException("the thread was interrupted: " + made + " of " + asked + " runs were made");
    }

    /** How many runs have ended: the counter that random numbers are keyed by. */
    long clock();

    /** Sets the counter, so that the next runs draw again what they drew then. */
    void rewind(long clock);

    /**
     * Runs the plan once, looking at what each step has written.
     * @return the first step that wrote a number that is not finite
     */
    Optional<NonFinite.Found> runChecked();

    /**
     * Nanoseconds, summed over some runs.
     *
     * @param steps of each step; where steps go row by row, of one thread's share of it
     * @param total of the runs
     */
    record Times(long[] steps, long total) {
    }

    /** Runs the plan {@code times} times with a look at the clock after each step. */
    Times runTimed(long times);

    @Override
    void close();
}
