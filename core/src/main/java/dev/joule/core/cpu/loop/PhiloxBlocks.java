package dev.joule.core.cpu.loop;

import dev.joule.core.cpu.machine.Executable;
import dev.joule.core.cpu.machine.PhiloxKernel;
import dev.joule.core.cpu.memory.Native;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.scalar.Philox;

/** {@link Philox} for many blocks. */
final class PhiloxBlocks {
    private static final PhiloxKernel KERNEL = Executable.runs(Native.VECTOR_BYTES) ? new PhiloxKernel(Native.VECTOR_BYTES)
            : null;

    private PhiloxBlocks() {
    }

    /** Of each block in turn, words 0 and 2 go to {@code words.evens}, and words 1 and 3 to {@code words.odds}. */
    static void run(long seed, int stream, long clock, long first, int count, Words words) {
        if (KERNEL != null) {
            KERNEL.run(seed, stream, clock, first, count, words.evens, words.odds, words.scratch);
            return;
        }
        int[] block = words.block;
        for (int i = 0; i < count; i++) {
            Philox.block(seed, stream, clock, (int) (first + i), block, 0);
            Raw.putLong(words.evens + 8L * i, pair(block[0], block[2]));
            Raw.putLong(words.odds + 8L * i, pair(block[1], block[3]));
        }
    }

    /** By turns a word from {@code evens} and one from {@code odds}, {@code length} of them in all. */
    static void interleave(long evens, long odds, long to, int length) {
        for (int i = 0; i < length / 2; i++) {
            Raw.putLong(to + 8L * i, pair(Raw.getInt(evens + 4L * i), Raw.getInt(odds + 4L * i)));
        }
        if (length % 2 == 1) {
            Raw.putInt(to + 4L * (length - 1), Raw.getInt(evens + 2L * (length - 1)));
        }
    }

    /** Two words, the first one where a lower address leads, on machines whose lower bytes come first. */
    private static long pair(int first, int second) {
        return first & 0xFFFFFFFFL | (long) second << 32;
    }
}
