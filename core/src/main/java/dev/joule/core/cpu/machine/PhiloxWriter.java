package dev.joule.core.cpu.machine;

import static dev.joule.core.cpu.machine.Register.RAX;
import static dev.joule.core.cpu.machine.Register.RCX;
import static dev.joule.core.cpu.machine.Register.RDI;
import static dev.joule.core.cpu.machine.Register.RDX;
import static dev.joule.core.cpu.machine.Register.RSI;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;

import dev.joule.core.cpu.machine.Register.Place;
import dev.joule.core.scalar.Philox;

/**
 * Writes the machine code of {@link PhiloxKernel}. A word has a lane of 64 bits, so that its product with a multiplier is whole. What lies
 * above the word does not matter before the end: a product takes the lower halves alone. In a round,
 *
 * <pre>
 * c0, c1, c2, c3  becomes  high(c2 M1) ^ c1 ^ k0,  low(c2 M1),  high(c0 M0) ^ c3 ^ k1,  low(c0 M0):
 * </pre>
 *
 * each register gets what the word before its own was to be, so that nothing is moved; the words go round the four registers.
 */
final class PhiloxWriter {
    /** Vectors of blocks that are computed together. */
    private static final int TOGETHER = 2;
    private static final int WORD_BITS = 32;
    private static final Register INPUTS = RDI, TURNS = RSI, EVENS = RDX, ODDS = RCX, CONSTANTS = RAX;
    // vector registers behind those of the words, and behind one for each of the vectors that are computed together
    private static final int SPARE = 4 * TOGETHER, M0 = SPARE + TOGETHER, M1 = M0 + 1, KEY = M1 + 1, FIRST = KEY + 1;

    /** What lies before the function, each a vector; of the last kind, one for each of those that are computed together. */
    private enum Constant {
        M0, M1, WORD, STEP, NUMBERS
    }

    private static final int VECTORS = Constant.values().length + TOGETHER - 1;

    private final Assembler code;

    private PhiloxWriter(int vectorBytes) {
        this.code = new Assembler(vectorBytes);
    }

    /** Blocks of one turn. */
    static int blocks(int vectorBytes) {
        return TOGETHER * vectorBytes / Long.BYTES;
    }

    /** {@link #constants} lie right before it. */
    static byte[] function(int vectorBytes) {
        PhiloxWriter writer = new PhiloxWriter(vectorBytes);
        writer.run();
        return writer.code.code();
    }

    private Place constant(Constant constant, int next) {
        return CONSTANTS.at((constant.ordinal() + next) * code.vectorBytes());
    }

    static byte[] constants(int vectorBytes) {
        int lanes = vectorBytes / Long.BYTES;
        ByteBuffer all = ByteBuffer.allocate(vectorBytes * VECTORS).order(ByteOrder.LITTLE_ENDIAN);
        LongConsumer inAllLanes = value -> forEach(lanes, _ -> all.putLong(value));
        inAllLanes.accept(Integer.toUnsignedLong(Philox.M0));
        inAllLanes.accept(Integer.toUnsignedLong(Philox.M1));
        inAllLanes.accept((1L << WORD_BITS) - 1);
        inAllLanes.accept(TOGETHER * lanes);
        forEach(TOGETHER * lanes, all::putLong);
        return all.array();
    }

    private void run() {
        code.leaBefore(CONSTANTS, VECTORS * code.vectorBytes());
        code.vector(Avx.VMOVUPS, M0, 0, constant(Constant.M0, 0));
        code.vector(Avx.VMOVUPS, M1, 0, constant(Constant.M1, 0));
        input(FIRST, 0);
        code.repeatUntilZero(() -> {
            forEach(TOGETHER, this::begin);
            code.vector(Avx.VPADDQ, FIRST, FIRST, constant(Constant.STEP, 0));
            forEach(Philox.ROUNDS, this::round);
            forEach(TOGETHER, this::end);
            code.lea(EVENS, EVENS.at(TOGETHER * code.vectorBytes()));
            code.lea(ODDS, ODDS.at(TOGETHER * code.vectorBytes()));
            code.dec(TURNS);
        });
        code.vzeroupper();
        code.ret();
    }

    private void begin(int vector) {
        code.vector(Avx.VPADDQ, register(0, 0, vector), FIRST, constant(Constant.NUMBERS, vector));
        for (int word = 1; word < 4; word++) {
            input(register(word, 0, vector), word);
        }
    }

    private void round(int round) {
        forEach(TOGETHER, vector -> {
            multiply(register(0, round, vector), M0);
            multiply(register(2, round, vector), M1);
        });
        forEach(TOGETHER, vector -> {
            mixHigh(register(1, round, vector), register(2, round, vector), SPARE + vector);
            mixHigh(register(3, round, vector), register(0, round, vector), SPARE + vector);
        });
        for (int key = 0; key < 2; key++) {
            int word = 2 * key + 1;
            input(KEY, 4 + 2 * round + key);
            forEach(TOGETHER, vector -> mix(register(word, round, vector), KEY));
        }
    }

    private void multiply(int word, int multiplier) {
        code.vector(Avx.VPMULUDQ, word, word, multiplier);
    }

    private void mixHigh(int word, int product, int spare) {
        code.shift(Avx.VPSRLQ, spare, product, WORD_BITS);
        mix(word, spare);
    }

    private void mix(int word, int with) {
        code.vector(Avx.VPXOR, word, word, with);
    }

    private void end(int vector) {
        pair(EVENS, vector, register(0, Philox.ROUNDS, vector), register(2, Philox.ROUNDS, vector));
        pair(ODDS, vector, register(1, Philox.ROUNDS, vector), register(3, Philox.ROUNDS, vector));
    }

    private void pair(Register to, int vector, int low, int high) {
        code.vector(Avx.VPAND, low, low, constant(Constant.WORD, 0));
        code.shift(Avx.VPSLLQ, high, high, WORD_BITS);
        code.vector(Avx.VORPS, low, low, high);
        code.store(to.at(vector * code.vectorBytes()), low);
    }

    /** Where a word is before a round. */
    private static int register(int word, int round, int vector) {
        return 4 * vector + (word + round) % 4;
    }

    private void input(int register, int number) {
        code.vector(Avx.VPBROADCASTQ, register, 0, INPUTS.at(Long.BYTES * number));
    }

    private static void forEach(int count, IntConsumer action) {
        for (int i = 0; i < count; i++) {
            action.accept(i);
        }
    }
}
