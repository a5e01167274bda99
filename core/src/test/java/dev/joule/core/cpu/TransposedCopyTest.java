package dev.joule.core.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.joule.core.memory.Buffer;

class TransposedCopyTest {

    /** Whole blocks, what is left of rows and of columns, and rows further apart than they are long. */
    @Test
    void exchangesRowsAndColumns() {
        Random random = new Random(5);
        for (int turn = 0; turn < 200; turn++) {
            int rows = 1 + random.nextInt(70), columns = 1 + random.nextInt(70), stride = columns + random.nextInt(3);
            try (Buffer from = Buffer.allocate(4L * rows * stride);
                    Buffer to = Buffer.allocate(4L * rows * columns);
                    Buffer scratch = Buffer.allocate((long) Native.LANES * Native.VECTOR_BYTES)) {
                for (int i = 0; i < rows * stride; i++) {
                    Raw.putInt(from.address() + 4L * i, i);
                }
                TransposedCopy copy = new TransposedCopy(from.address(), stride, rows, columns, to.address());
                copy.bind(new long[]{scratch.address()}, 0);
                for (int chunk = 0; chunk < copy.chunks(); chunk++) {
                    copy.run(chunk, 0, 0);
                }
                for (int row = 0; row < rows; row++) {
                    for (int column = 0; column < columns; column++) {
                        int value = Raw.getInt(to.address() + 4L * (column * rows + row));
                        assertEquals(row * stride + column, value, "of " + rows + " x " + columns);
                    }
                }
            }
        }
    }
}
