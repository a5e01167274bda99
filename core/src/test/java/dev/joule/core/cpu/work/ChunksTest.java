package dev.joule.core.cpu.work;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicIntegerArray;

import org.junit.jupiter.api.Test;

/** Each chunk is done once in each turn, by whoever comes first. */
class ChunksTest {

    /** Notes which chunks are run. */
    private record Noted(int chunks, boolean isPrivate, List<Integer> done) implements Task {
        Noted(int chunks, boolean isPrivate) {
            this(chunks, isPrivate, new ArrayList<>());
        }

        @Override
        public void run(int chunk, int worker, long clock) {
            done.add(chunk);
        }
    }

    private static List<Integer> done(Noted task, Chunks chunks, int worker, int workers, long turn) {
        task.done().clear();
        chunks.run(worker, workers, turn, 0);
        return List.copyOf(task.done());
    }

    @Test
    void oneDoesItsOwnAndThenWhatOthersHaveNotBegun() {
        Noted task = new Noted(8, false);
        Chunks chunks = new Chunks(task);
        assertEquals(List.of(3, 4, 5, 7, 6, 2, 1, 0), done(task, chunks, 1, 3, 1));
        assertEquals(List.of(), done(task, chunks, 0, 3, 1));
        assertEquals(List.of(0, 1, 2, 5, 4, 3, 7, 6), done(task, chunks, 0, 3, 2), "in the next turn");
    }

    @Test
    void whatIsPrivateOrOneChunkIsLeftToItsWorker() {
        Noted copies = new Noted(2, true), single = new Noted(1, false);
        assertEquals(List.of(1), done(copies, new Chunks(copies), 1, 2, 1));
        assertEquals(List.of(), done(single, new Chunks(single), 1, 2, 1));
        assertEquals(List.of(0), done(single, new Chunks(single), 0, 2, 1));
    }

    @Test
    void eachIsDoneOnceByWorkersAtTheSameTime() throws Exception {
        int workers = 4, turns = 2_000, count = 11;
        AtomicIntegerArray times = new AtomicIntegerArray(count);
        Chunks chunks = new Chunks(new Task() {
            @Override
            public int chunks() {
                return count;
            }

            @Override
            public void run(int chunk, int worker, long clock) {
                times.incrementAndGet(chunk);
            }
        });
        CyclicBarrier barrier = new CyclicBarrier(workers);
        Thread[] threads = new Thread[workers];
        for (int i = 0; i < workers; i++) {
            int worker = i;
            threads[i] = Thread.ofPlatform().start(() -> {
                try {
                    for (int turn = 1; turn <= turns; turn++) {
                        chunks.run(worker, workers, turn, 0);
                        barrier.await();
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        for (int chunk = 0; chunk < count; chunk++) {
            assertEquals(turns, times.get(chunk), "chunk " + chunk);
        }
    }
}
