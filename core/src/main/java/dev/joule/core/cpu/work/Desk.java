package dev.joule.core.cpu.work;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where a worker lays out the pieces of its step once others have asked for them, who would only wait for it. Cores are never equally
 * quick for long, and chunks cannot always be shared out evenly.
 */
public final class Desk {
    private static final int SPINS = 1_000;

    private final int owner;
    private volatile boolean asked;
    private Divisible step;
    private RowTask.Block block;
    /** How many pieces there are, and the next to be taken: in one number, so that whoever takes one knows that it is there. */
    private final AtomicInteger pieces = new AtomicInteger();
    /** Pieces that others have done. */
    private final AtomicInteger done = new AtomicInteger();

    public Desk(int owner) {
        this.owner = owner;
    }

    public boolean isAsked() {
        return asked;
    }

    /** Forgets who asked: those who still wait will ask again. */
    public void forget() {
        asked = false;
    }

    /** Does a step together with whoever comes; for the owner. */
    public void share(Divisible step, RowTask.Block block) {
        asked = false;
        this.step = step;
        this.block = block;
        done.set(0);
        pieces.set(step.pieces() << 16);
        int own = 0;
        for (int piece = take(); piece >= 0; piece = take()) {
            step.run(piece, block, owner, owner);
            own++;
        }
        for (int spin = 0; own + done.get() < step.pieces(); spin++) {
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    /** Does a piece of the owner's step, or asks the owner for some: whether there was a piece. */
    public boolean help(int worker) {
        int piece = take();
        if (piece < 0) {
            if (!asked) {
                asked = true;
            }
            return false;
        }
        try {
            step.run(piece, block, owner, worker);
        } finally {
            done.incrementAndGet();
        }
        return true;
    }

    /** The number of a piece that is the caller's from now on; -1 if none is left. */
    private int take() {
        while (true) {
            int now = pieces.get(), next = now & 0xFFFF;
            if (next >= now >>> 16) {
                return -1;
            }
            if (pieces.compareAndSet(now, now + 1)) {
                return next;
            }
        }
    }
}
