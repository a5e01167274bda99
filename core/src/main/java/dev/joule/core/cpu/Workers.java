package dev.joule.core.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The threads of a device. All of a run happens on them, so that their floating-point mode never touches the caller's thread;
 * the caller waits. Runs of several programs take turns.
 */
final class Workers implements AutoCloseable {
    private static final int SPINS = 1_000, YIELDS = 500;

    /** What the workers do together. */
    @FunctionalInterface
    interface Job {
        /** One worker's part; it returns early when the barrier says that another has failed. */
        void run(int worker, Barrier barrier);
    }

    private record Assignment(int number, Job job, int workers) {
    }

    private final Thread[] threads;
    private final Barrier barrier;
    private final Signal assigned;
    private final Signal done = new Signal(1, 0, 0);
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile Assignment assignment = new Assignment(0, null, 0);
    private volatile boolean closed;

    Workers(int count) {
        threads = new Thread[count];
        barrier = new Barrier(count);
        assigned = new Signal(count, SPINS, YIELDS);
        for (int i = 0; i < count; i++) {
            int worker = i;
            threads[i] = Thread.ofPlatform().daemon().name("joule-cpu-" + i).start(() -> work(worker));
        }
    }

    int count() {
        return threads.length;
    }

    /** Runs a job on worker 0 alone or on all, and returns when all have ended; throws what one of them threw. */
    synchronized void run(Job job, boolean together) {
        int workers = together ? threads.length : 1;
        int seen = done.count();
        busy.set(workers);
        assignment = new Assignment(assignment.number() + 1, job, workers);
        assigned.raise();
        done.await(seen, 0);
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
        FlushSubnormals.onThisThread();
        int last = 0;
        while (true) {
            int seen = assigned.count();   // before the look at what it announces, or else an announcement could be missed
            Assignment now = assignment;
            if (closed) {
                return;
            }
            if (now.number() == last) {
                assigned.await(seen, worker);
            } else {
                last = now.number();
                if (worker < now.workers()) {
                    run(now.job(), worker);
                }
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
