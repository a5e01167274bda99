package dev.joule.core.cpu.work;

import java.util.concurrent.atomic.AtomicInteger;

/** Where the workers of a job wait for each other between two steps. One that fails breaks it, which sends all of them home. */
public final class Barrier {
    private static final int SPINS = 1_000, YIELDS = 1_000;

    private final int parties;
    private final AtomicInteger arrived = new AtomicInteger();
    private final Signal round;
    private volatile boolean broken;

    Barrier(int parties) {
        this.parties = parties;
        this.round = new Signal(parties, SPINS, YIELDS);
    }

    /** Waits for the others; false if one has failed. */
    public boolean await(int worker, Meanwhile meanwhile) {
        int seen = round.count();
        if (broken) {
            return false;
        }
        if (arrived.incrementAndGet() == parties) {
            arrived.set(0);
            round.raise();
        } else {
            round.await(seen, worker, meanwhile);
        }
        return !broken;
    }

    /** Lets no worker wait any longer. */
    void breakOff() {
        broken = true;
        round.raise();
    }

    /** Makes a broken barrier whole, when no worker is at it. */
    void repair() {
        broken = false;
        arrived.set(0);
    }
}
