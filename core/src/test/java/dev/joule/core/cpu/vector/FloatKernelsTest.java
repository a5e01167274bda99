package dev.joule.core.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.memory.Buffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels of all shapes: to the bit what one number after the other gives, and nothing beside their block. */
class FloatKernelsTest {
    private static final float UNTOUCHED = 12345;

    static Stream<VectorSpecies<Float>> species() {
        return Stream.of(FloatVector.SPECIES_128, FloatVector.SPECIES_256, FloatVector.SPECIES_512)
                .filter(species -> species.length() <= FloatVector.SPECIES_PREFERRED.length());
    }

    @ParameterizedTest
    @MethodSource("species")
    void sumsInTheOrderOfTheDepth(VectorSpecies<Float> species) {
        for (int rows = 1; rows <= 8; rows++) {
            for (int vectors = 1; vectors <= 4; vectors++) {
                for (int depth : List.of(0, 1, 2, 37)) {
                    for (int kind = 0; kind < 4; kind++) {
                        check(rows, vectors, species, depth, kind % 2 == 1, kind > 1);
                    }
                }
            }
        }
    }

    private static void check(int rows, int vectors, VectorSpecies<Float> species, int depth, boolean transposed,
            boolean accumulate) {
        int columns = vectors * species.length(), cStride = columns + 3, bStride = columns + 5;
        int aRow = transposed ? 1 : depth + 2, aColumn = transposed ? rows + 1 : 1;
        Random random = new Random(rows * 100 + vectors * 10 + depth);
        try (Buffer a = numbers(random, rows * aRow + depth * aColumn + 1);
                Buffer b = numbers(random, (depth + 1) * bStride);
                Buffer c = Buffer.allocate(4L * (rows + 1) * cStride)) {
            for (int i = 0; i < (rows + 1) * cStride; i++) {
                Raw.putFloat(c.address() + 4L * i, UNTOUCHED);
            }
            FloatKernels.of(rows, vectors, species).run(depth, a.address(), 4L * aRow, 4L * aColumn, b.address(), 4L * bStride,
                    c.address(), 4L * cStride, accumulate);
            for (int i = 0; i <= rows; i++) {
                for (int j = 0; j < cStride; j++) {
                    boolean inside = i < rows && j < columns;
                    float expected = inside && !accumulate ? 0 : UNTOUCHED;
                    for (int k = 0; k < depth && inside; k++) {
                        expected = Math.fma(Raw.getFloat(a.address() + 4L * (i * aRow + k * aColumn)),
                                Raw.getFloat(b.address() + 4L * (k * bStride + j)), expected);
                    }
                    assertEquals(expected, Raw.getFloat(c.address() + 4L * (i * cStride + j)),
                            "[%d, %d] of %d rows, %d x %s, depth %d"
                                    .formatted(i, j, rows, vectors, species, depth));
                }
            }
        }
    }

    private static Buffer numbers(Random random, int count) {
        Buffer buffer = Buffer.allocate(4L * count);
        for (int i = 0; i < count; i++) {
            Raw.putFloat(buffer.address() + 4L * i, random.nextFloat() - 0.5f);
        }
        return buffer;
    }
}
