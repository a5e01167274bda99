package dev.joule.core.cpu.work;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A counter that threads wait on: first spinning, then yielding, at last asleep. A short wait costs a fraction of a
 * microsecond; a long one leaves the processor to others, such as the JIT compiler.
 */
final class Signal {
    private final int spins;
    private final int yields;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicReferenceArray<Thread> sleepers;

    /** @param waiters how many threads may wait at a time; each has a number of its own */
    Signal(int waiters, int spins, int yields) {
        this.spins = spins;
        this.yields = yields;
        this.sleepers = new AtomicReferenceArray<>(waiters);
    }

    int count() {
        return count.get();
    }

    /** Counts on, and wakes all that wait. */
    void raise() {
        count.incrementAndGet();
        for (int i = 0; i < sleepers.length(); i++) {
            Thread sleeper = sleepers.get(i);
            if (sleeper != null) {
                LockSupport.unpark(sleeper);
            }
        }
    }

    /** Waits until the count is no longer {@code seen}. An interrupt does not end the wait; the thread stays interrupted. */
    void await(int seen, int waiter, Meanwhile meanwhile) {
        for (int i = 0; i < spins + yields; i++) {
            if (count.get() != seen) {
                return;
            }
            if (meanwhile.help(waiter)) {
                i = 0;
            } else if (i < spins) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        boolean interrupted = false;
        sleepers.set(waiter, Thread.currentThread());
        while (count.get() == seen) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        sleepers.set(waiter, null);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
