package dev.joule.core.cpu.work;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The threads of a device: the caller's, which is worker 0 for the time of a run, and others. Its floating-point mode is given back
 * to the caller. Runs of several programs take turns.
 */
public final class Workers implements AutoCloseable {
    private static final int SPINS = 1_000, YIELDS = 500;

    /** What the workers do together. */
    @FunctionalInterface
    public interface Job {
        /** One worker's part; it returns early when the barrier says that another has failed. */
        void run(int worker, Barrier barrier);
    }

    private record Assignment(int number, Job job) {
    }

    private final Thread[] threads;   // of all workers but the first
    private final Barrier barrier;
    private final Signal assigned;
    private final Signal done = new Signal(1, SPINS, YIELDS);
    private final FlushSubnormals callers = new FlushSubnormals();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile Assignment assignment = new Assignment(0, null);
    private volatile boolean closed;

    public Workers(int count) {
        threads = new Thread[count - 1];
        barrier = new Barrier(count);
        assigned = new Signal(count, SPINS, YIELDS);
        for (int i = 0; i < threads.length; i++) {
            int worker = i + 1;
            threads[i] = Thread.ofPlatform().daemon().name("joule-cpu-" + worker).start(() -> work(worker));
        }
    }

    public int count() {
        return threads.length + 1;
    }

    /** Runs a job on the caller's thread alone or on all, and returns when all have ended; throws what one of them threw. */
    public synchronized void run(Job job, boolean together) {
        int seen = done.count();   // raised once for each job of all
        if (together) {
            busy.set(threads.length);
            assignment = new Assignment(assignment.number() + 1, job);
            assigned.raise();
        }
        callers.begin();
        try {
            job.run(0, barrier);
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
            barrier.breakOff();
        } finally {
            callers.end();
        }
        if (together) {
            done.await(seen, 0, Meanwhile.NOTHING);
        }
        Throwable failed = failure.getAndSet(null);
        if (failed != null) {
            barrier.repair();
            switch (failed) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new IllegalStateException(failed);
            }
        }
    }

    private void work(int worker) {
        new FlushSubnormals().begin();
        int last = 0;
        while (true) {
            int seen = assigned.count();   // before the look at what it announces, or else an announcement could be missed
            Assignment now = assignment;
            if (closed) {
                return;
            }
            if (now.number() == last) {
                assigned.await(seen, worker, Meanwhile.NOTHING);
            } else {
                last = now.number();
                run(now.job(), worker);
            }
        }
    }

    private void run(Job job, int worker) {
        try {
            job.run(worker, barrier);
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
            barrier.breakOff();
        }
        if (busy.decrementAndGet() == 0) {
            done.raise();
        }
    }

    /** Ends the threads. */
    @Override
    public synchronized void close() {
        closed = true;
        assigned.raise();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
