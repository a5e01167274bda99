package dev.joule.core.cpu.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Random;

import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.memory.Buffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels of all shapes: to the bit what one number after the other gives, and nothing beside their block. */
class ProductKernelTest {
    private static final float UNTOUCHED = 12345;
    private static final int[] MULTIPLES = {8, 16, 24, 32, 40, 48},
            COLUMNS = {1, 2, 7, 8, 9, 15, 16, 17, 24, 26, 32, 40, 47, 48, 50, 64, 72, 77, 80, 88, 90, 96};

    @ParameterizedTest
    @CsvSource({"32, 16", "64, 32"})
    void sumsInTheOrderOfTheDepth(int vectorBytes, int registers) {
        assumeTrue(Executable.runs(vectorBytes),
                "this machine has no vectors of " + 8 * vectorBytes + " bits, or does not run machine code");
        for (int rows = 1; rows <= 9; rows++) {
            for (int columns : vectorBytes == 32 ? MULTIPLES : COLUMNS) {
                for (int kind = 0; kind < 16; kind++) {
                    ProductKernel.Shape shape = new ProductKernel.Shape(rows, columns, vectorBytes, kind % 2 == 1,
                            kind / 2 % 2 == 1, kind / 4 % 2 == 1, kind / 8 == 1);
                    boolean another = shape.pieces() && (rows + columns) % 3 > 0;   // pieces do not depend on either
                    if ((rows + 1) * shape.registers() + 1 <= registers && !another) {
                        check(shape);
                    }
                }
            }
        }
    }

    private static void check(ProductKernel.Shape shape) {
        ProductKernel kernel = new ProductKernel(shape);
        for (int depth : List.of(0, 1, 3, 5, 38)) {
            for (int blocks : List.of(1, 3)) {
                for (int pieces : shape.pieces() ? List.of(1, 4) : List.of(1)) {
                    check(kernel, shape, depth == 3 ? 4 : 1, blocks, pieces, depth);
                }
            }
        }
    }

    /**
     * @param length of a piece of a, each of which begins at the last but one place of the one before
     * @param lines  behind each of which a row is left out
     */
    private static void check(ProductKernel kernel, ProductKernel.Shape shape, int lines, int blocks, int pieces, int length) {
        int line = blocks * shape.rows(), rows = lines * (line + 1), columns = shape.columns(),
                copyStride = shape.copyStride() / Float.BYTES;
        int depth = pieces * length, apart = Math.max(1, length - 2), places = (pieces - 1) * apart + length;
        int cStride = columns + 3, bStride = columns + 5, aStride = (shape.transposed() ? rows : places) + 2;
        int toNextColumn = shape.transposed() ? aStride : 1, toNextRow = shape.transposed() ? 1 : aStride;
        Random random = new Random(shape.hashCode() + depth);
        try (Buffer a = numbers(random, (shape.transposed() ? places : rows) * aStride);
                Buffer b = numbers(random, depth * bStride);
                Buffer c = Buffer.allocate(4L * rows * cStride);
                Buffer copy = Buffer.allocate(4L * depth * copyStride + 4)) {
            Raw.putFloat(copy.address() + 4L * depth * copyStride, UNTOUCHED);
            for (int i = 0; i < rows * cStride; i++) {
                Raw.putFloat(c.address() + 4L * i, UNTOUCHED);
            }
            kernel.run(blocks, length, a.address(), 4L * aStride, b.address(), 4L * bStride, c.address(), 4L * cStride,
                    copy.address(), pieces, 4L * (apart - length) * toNextColumn, lines, 4L * toNextRow, 4L * cStride);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < cStride; j++) {
                    boolean inside = i % (line + 1) < line && j < columns;
                    float expected = inside && !shape.accumulate() ? 0 : UNTOUCHED;
                    for (int k = 0; k < depth && inside; k++) {
                        int column = k / length * apart + k % length;
                        expected = Math.fma(Raw.getFloat(a.address() + 4L * (i * toNextRow + column * toNextColumn)),
                                Raw.getFloat(b.address() + 4L * (k * bStride + j)), expected);
                    }
                    assertEquals(expected, Raw.getFloat(c.address() + 4L * (i * cStride + j)),
                            "[%d, %d] of %d x %d blocks of %s, depth %d x %d".formatted(i, j, lines, blocks, shape, pieces,
                                    length));
                }
            }
            checkCopy(shape, depth, b, bStride, copy);
        }
    }

    private static void checkCopy(ProductKernel.Shape shape, int depth, Buffer b, int bStride, Buffer copy) {
        int copyStride = shape.copyStride() / Float.BYTES;
        for (int row = 0; row < depth && shape.packs(); row++) {
            for (int column = 0; column < shape.columns(); column++) {
                assertEquals(Raw.getFloat(b.address() + 4L * (row * bStride + column)),
                        Raw.getFloat(copy.address() + 4L * (row * copyStride + column)),
                        "copied number [%d, %d] of %s, depth %d".formatted(row, column, shape, depth));
            }
        }
        assertEquals(UNTOUCHED, Raw.getFloat(copy.address() + 4L * depth * copyStride), "behind the copy of " + shape);
    }

    private static Buffer numbers(Random random, int count) {
        Buffer buffer = Buffer.allocate(4L * count);
        for (int i = 0; i < count; i++) {
            Raw.putFloat(buffer.address() + 4L * i, random.nextFloat() - 0.5f);
        }
        return buffer;
    }
}
