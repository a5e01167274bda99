package dev.joule.core.cpu.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

class TogetherTest {
    private final List<String> done = new ArrayList<>();

    private Task task(String name, int chunks, long scratch) {
        return new Task() {
            @Override
            public int chunks() {
                return chunks;
            }

            @Override
            public void run(int chunk, int worker, long clock) {
                done.add(name + chunk);
            }

            @Override
            public long scratchBytes() {
                return scratch;
            }

            @Override
            public void bind(long[] memory, long shared) {
                done.add(name + " bound to " + memory[0]);
            }
        };
    }

    @Test
    void everyChunkIsDoneAndEachTaskGetsTheSamePartOfTheWay() {
        Together together = new Together(List.of(task("a", 4, 0), task("b", 2, 0), task("c", 0, 0)));
        for (int chunk = 0; chunk < together.chunks(); chunk++) {
            together.run(chunk, 0, 0);
        }
        assertEquals(List.of("a0", "b0", "a1", "a2", "b1", "a3"), done);
    }

    @Test
    void theScratchMemoryIsEnoughForEach() {
        for (List<Task> tasks : List.of(List.of(task("a", 1, 100), task("b", 1, 7)),
                List.of(task("b", 1, 7), task("a", 1, 100)))) {
            Together together = new Together(tasks);
            assertEquals(100, together.scratchBytes());
            together.bind(new long[]{64}, 0);
        }
        assertTrue(done.containsAll(List.of("a bound to 64", "b bound to 64")));
    }
}
