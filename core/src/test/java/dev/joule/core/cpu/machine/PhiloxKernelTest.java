package dev.joule.core.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.random.RandomGenerator;

import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.memory.Buffer;
import dev.joule.core.scalar.Philox;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The words of one block after the other, and nothing behind the last turn. */
class PhiloxKernelTest {
    private static final int UNTOUCHED = 12345;

    @ParameterizedTest
    @ValueSource(ints = {32, 64})
    void givesTheWordsOfEachBlock(int vectorBytes) {
        assumeTrue(Executable.runs(vectorBytes),
                "this machine has no vectors of " + 8 * vectorBytes + " bits, or does not run machine code");
        PhiloxKernel kernel = new PhiloxKernel(vectorBytes);
        check(kernel, 0, 0, 0, 0, 1);
        check(kernel, -1, -1, -1, -1, 20);
        check(kernel, -1, -1, -1, (1L << 32) - 3, 20);   // the blocks' numbers begin anew
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        for (int count : List.of(1, 7, 8, 9, 16, 17, 100)) {
            check(kernel, random.nextLong(), random.nextInt(), random.nextLong(), random.nextLong(1L << 40), count);
        }
    }

    private static void check(PhiloxKernel kernel, long seed, int stream, long clock, long first, int count) {
        int most = count + PhiloxKernel.MOST_TOGETHER;
        try (Buffer evens = Buffer.allocate(8L * most);
                Buffer odds = Buffer.allocate(8L * most);
                Buffer scratch = Buffer.allocate(PhiloxKernel.SCRATCH_BYTES)) {
            Raw.putInt(evens.address() + 8L * most - 4, UNTOUCHED);
            Raw.putInt(odds.address() + 8L * most - 4, UNTOUCHED);
            kernel.run(seed, stream, clock, first, count, evens.address(), odds.address(), scratch.address());
            int[] words = new int[4];
            for (int i = 0; i < count; i++) {
                Philox.block(seed, stream, clock, (int) (first + i), words, 0);
                for (int word = 0; word < 4; word++) {
                    Buffer half = word % 2 == 0 ? evens : odds;
                    assertEquals(words[word], Raw.getInt(half.address() + 8L * i + word / 2 * 4L),
                            "word %d of block %d of seed %x, stream %x, clock %x".formatted(word, first + i, seed, stream,
                                    clock));
                }
            }
            assertEquals(UNTOUCHED, Raw.getInt(evens.address() + 8L * most - 4));
            assertEquals(UNTOUCHED, Raw.getInt(odds.address() + 8L * most - 4));
        }
    }
}
