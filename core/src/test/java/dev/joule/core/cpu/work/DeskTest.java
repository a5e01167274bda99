package dev.joule.core.cpu.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

/** Pieces of one worker's steps, done by it and by others. */
class DeskTest {
    private static final RowTask.Block BLOCK = new RowTask.Block(0, 0, true);

    /** Counts how often each of its pieces is done, and how many of them others do. */
    private static class Counted implements Divisible {
        final AtomicInteger[] times;
        final AtomicInteger byOthers = new AtomicInteger();
        private int plain;   // written by the owner before, and read by those who help

        Counted(int pieces) {
            times = new AtomicInteger[pieces];
            for (int i = 0; i < pieces; i++) {
                times[i] = new AtomicInteger();
            }
        }

        @Override
        public int pieces() {
            return times.length;
        }

        @Override
        public void run(int piece, Block at, int owner, int worker) {
            assertEquals(times.length, plain, "what the owner wrote before can be seen");
            assertEquals(0, owner);
            times[piece].incrementAndGet();
            if (worker != owner) {
                byOthers.incrementAndGet();
            }
        }

        @Override
        public void run(Block at, int worker, long clock) {
            throw new AssertionError("it is to be done in pieces");
        }

        @Override
        public long scratchBytes() {
            return 0;
        }

        @Override
        public void bind(long[] scratch, long shared) {
        }
    }

    @Test
    void nobodyNeedsToCome() {
        Desk desk = new Desk(0);
        assertFalse(desk.help(1), "nothing is laid out yet");
        assertTrue(desk.isAsked());
        Counted step = new Counted(5);
        step.plain = 5;
        desk.share(step, BLOCK);
        assertFalse(desk.isAsked());
        for (AtomicInteger times : step.times) {
            assertEquals(1, times.get());
        }
        assertFalse(desk.help(1), "all is done");
        desk.forget();
        assertFalse(desk.isAsked());
    }

    /** Many short steps of 1 to 8 pieces, so that those who help are late again and again. */
    @Test
    void eachPieceIsDoneOnceAndBeforeTheStepEnds() throws InterruptedException {
        Desk desk = new Desk(0);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread[] helpers = new Thread[3];
        for (int i = 0; i < helpers.length; i++) {
            int worker = i + 1;
            helpers[i] = Thread.ofPlatform().start(() -> {
                try {
                    while (!ended.get()) {
                        desk.help(worker);
                    }
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
            });
        }
        int helped = 0;
        for (int turn = 0; turn < 50_000; turn++) {
            Counted step = new Counted(1 + turn % 8);
            step.plain = step.pieces();
            desk.share(step, BLOCK);
            step.plain = -1;
            for (int piece = 0; piece < step.pieces(); piece++) {
                assertEquals(1, step.times[piece].get(), "turn " + turn + ", piece " + piece);
            }
            helped += step.byOthers.get();
        }
        ended.set(true);
        for (Thread helper : helpers) {
            helper.join();
        }
        assertNull(failure.get());
        assertTrue(helped > 0, "nobody ever came");
    }

    /** The owner does not wait for a piece that failed with another; that one's failure ends the run. */
    @Test
    void aFailureIsTheHelpersOwn() throws InterruptedException {
        Desk desk = new Desk(0);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread helper = Thread.ofPlatform().start(() -> {
            try {
                while (true) {
                    desk.help(1);
                }
            } catch (IllegalStateException e) {
                failure.set(e);
            }
        });
        while (failure.get() == null) {
            Counted step = new Counted(8) {
                @Override
                public void run(int piece, Block at, int owner, int worker) {
                    if (worker == 1) {
                        throw new IllegalStateException("a piece");
                    }
                }
            };
            desk.share(step, BLOCK);
        }
        helper.join();
        assertEquals("a piece", failure.get().getMessage());
    }
}
