package dev.joule.core.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.joule.core.cpu.machine.Executable;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.plan.Seeds;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loops in machine code give what the same loops give in bytecode, to the bit, whatever they are given. */
class MachineLoopTest {
    /** They look at all bits: also at those of NaN, which are not the same. */
    private static final List<String> OF_WORDS = List.of("uniform", "radius", "cosine", "sine", "addInt", "subInt", "mulInt",
            "minInt",
            "maxInt", "lessInt", "lessEqualInt", "equalInt", "notEqualInt", "selectInt", "castInt");
    private static final float[] SPECIAL = {0, -0f, 1, -1, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY,
            Float.MIN_VALUE, -Float.MIN_NORMAL, Float.MAX_VALUE, -87.4f, 88.8f, 0x1p23f, -2.5f};
    private static final int LENGTH = 19 * 16;   // whole vectors of both sizes; some are left when there are four or eight at once

    @ParameterizedTest
    @ValueSource(ints = {32, 64})
    void eachFunction(int vectorBytes) {
        assumeTrue(Executable.runs(vectorBytes), "no machine code for such vectors on this machine");
        for (String function : Stream.of(RandomShape.FUNCTIONS, OF_WORDS).flatMap(List::stream).toList()) {
            for (int staying = 0; staying < 1 << VectorCode.arity(function); staying++) {
                check(LoopShape.of(function), vectorBytes, staying, 0);
            }
        }
    }

    /** As normal numbers are drawn: values that are wanted for long, and no constant that there is no register for. */
    @ParameterizedTest
    @ValueSource(ints = {32, 64})
    void pairsOfNormalNumbers(int vectorBytes) {
        assumeTrue(Executable.runs(vectorBytes), "no machine code for such vectors on this machine");
        List<LoopShape.Call> calls = List.of(new LoopShape.Call("radius", List.of(0)), new LoopShape.Call("cosine", List.of(1)),
                new LoopShape.Call("sine", List.of(1)), new LoopShape.Call("mul", List.of(2, 3)),
                new LoopShape.Call("mul", List.of(2, 4)));
        check(new LoopShape(List.of(LoopShape.Operand.WALKS, LoopShape.Operand.WALKS), calls, List.of(5, 6)), vectorBytes, 0, 0);
    }

    /** So many values and addresses at times that they do not all have registers. */
    @ParameterizedTest
    @ValueSource(ints = {32, 64})
    void linesOfFunctions(int vectorBytes) {
        assumeTrue(Executable.runs(vectorBytes), "no machine code for such vectors on this machine");
        for (long seed : Seeds.of(60)) {
            Random random = Seeds.random(seed);
            check(RandomShape.of(random, 12, 40, 1 + random.nextInt(40)), vectorBytes, 0, seed);
        }
    }

    private static void check(LoopShape shape, int vectorBytes, int staying, long seed) {
        Random random = Seeds.random(seed);
        try (Arena arena = Arena.ofConfined()) {
            int operands = shape.operands().size(), results = shape.results().size();
            long[] at = IntStream.range(0, operands + 2 * results)
                    .mapToLong(_ -> arena.allocate(4L * LENGTH, 64).address()).toArray();
            for (int k = 0; k < operands; k++) {
                boolean stays = shape.operands().get(k) == LoopShape.Operand.STAYS || (staying >> k & 1) == 1;
                for (int i = 0; i < LENGTH; i++) {
                    Raw.putFloat(at[k] + 4L * i, stays && i > 0 ? Raw.getFloat(at[k])
                            : random.nextInt(4) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)]
                                    : (float) (4 * random.nextGaussian()));
                }
            }
            int[] masks = IntStream.range(0, operands).map(k -> (staying >> k & 1) == 0 ? -1 : 0).toArray();
            int[] values = IntStream.range(0, operands + results).toArray(), others = values.clone();
            for (int r = 0; r < results; r++) {
                others[operands + r] += results;
            }
            LoopWriter.write(shape).run(at, values, masks, LENGTH);
            new MachineLoop(shape, vectorBytes).run(at, others, masks, LENGTH);
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
