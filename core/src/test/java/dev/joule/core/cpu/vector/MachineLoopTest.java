package dev.joule.core.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.joule.core.cpu.memory.Native;
import dev.joule.core.cpu.memory.Raw;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Loops in machine code give what the same loops give in bytecode, to the bit, whatever they are given. */
class MachineLoopTest {
    private static final long FIRST = Long.getLong("joule.seed", 1);
    private static final int COUNT = Integer.getInteger("joule.cases", 60);
    private static final List<String> FUNCTIONS = List.of("neg", "abs", "sign", "reciprocal", "sqrt", "rsqrt", "floor", "exp",
            "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "saturation", "erf", "add", "sub", "mul", "div", "min", "max",
            "less", "lessEqual", "equal", "notEqual", "select");
    /** They look at all bits: also at those of NaN, which are not the same. */
    private static final List<String> OF_WORDS = List.of("uniform", "radius", "cosine", "sine");
    private static final float[] SPECIAL = {0, -0f, 1, -1, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY,
            Float.MIN_VALUE, -Float.MIN_NORMAL, Float.MAX_VALUE, -87.4f, 88.8f, 0x1p23f, -2.5f};
    private static final int LENGTH = 16 * Native.LANES;

    @BeforeEach
    void onThisMachine() {
        assumeTrue(MachineLoop.isPossible(LoopShape.of("add")), "loops are in bytecode on this machine");
    }

    @Test
    void eachFunction() {
        for (String function : Stream.of(FUNCTIONS, OF_WORDS).flatMap(List::stream).toList()) {
            for (int staying = 0; staying < 1 << VectorCode.arity(function); staying++) {
                check(LoopShape.of(function), staying, 0);
            }
        }
    }

    /** So many values and addresses at times that they do not all have registers. */
    @Test
    void linesOfFunctions() {
        for (long seed = FIRST; seed < FIRST + COUNT; seed++) {
            check(shape(new Random(seed)), 0, seed);
        }
    }

    private static LoopShape shape(Random random) {
        List<LoopShape.Operand> operands = random.ints(1 + random.nextInt(12), 0, 3)
                .mapToObj(i -> i == 0 ? LoopShape.Operand.STAYS : LoopShape.Operand.WALKS).toList();
        List<LoopShape.Call> calls = new ArrayList<>();
        List<Integer> results = new ArrayList<>();
        int near = 1 + random.nextInt(40);   // how far back a function looks for what it takes
        for (int c = 1 + random.nextInt(40); c > 0; c--) {
            String function = FUNCTIONS.get(random.nextInt(FUNCTIONS.size()));
            int known = operands.size() + calls.size();
            calls.add(new LoopShape.Call(function,
                    random.ints(VectorCode.arity(function), Math.max(0, known - near), known).boxed().toList()));
            if (c == 1 || random.nextInt(4) == 0) {
                results.add(known);
            }
        }
        return new LoopShape(operands, calls, results);
    }

    private static void check(LoopShape shape, int staying, long seed) {
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined()) {
            int operands = shape.operands().size(), results = shape.results().size();
            long[] at = IntStream.range(0, operands + 2 * results)
                    .mapToLong(_ -> arena.allocate(4L * LENGTH, 64).address()).toArray();
            for (int k = 0; k < operands; k++) {
                for (int i = 0; i < LENGTH; i++) {
                    Raw.putFloat(at[k] + 4L * i, random.nextInt(4) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)]
                            : (float) (4 * random.nextGaussian()));
                }
            }
            int[] masks = IntStream.range(0, operands).map(k -> (staying >> k & 1) == 0 ? -1 : 0).toArray();
            int[] values = IntStream.range(0, operands + results).toArray(), others = values.clone();
            for (int r = 0; r < results; r++) {
                others[operands + r] += results;
            }
            LoopWriter.write(shape).run(at, values, masks, LENGTH);
            new MachineLoop(shape).run(at, others, masks, LENGTH);
            for (int r = 0; r < results; r++) {
                for (int i = 0; i < LENGTH; i++) {
                    int expected = Float.floatToIntBits(Raw.getFloat(at[operands + r] + 4L * i));
                    int actual = Float.floatToIntBits(Raw.getFloat(at[operands + results + r] + 4L * i));
                    assertEquals(expected, actual, "element %d of result %d of %s, staying %d (-Djoule.seed=%d)".formatted(i, r,
                            shape, staying, seed));
                }
            }
        }
    }
}
