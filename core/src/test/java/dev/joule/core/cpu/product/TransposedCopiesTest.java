package dev.joule.core.cpu.product;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.cpu.work.Task;
import dev.joule.core.memory.Buffer;

class TransposedCopiesTest {

    /** All chunks together are a copy; each writes its own rows of the matrix, whatever worker does it. */
    @Test
    void allMakeOneCopy() {
        Random random = new Random(6);
        for (int turn = 0; turn < 50; turn++) {
            int rows = 1 + random.nextInt(400), columns = 1 + random.nextInt(40);
            try (Buffer from = Buffer.allocate(4L * rows * columns);
                    Buffer to = Buffer.allocate(4L * rows * columns);
                    Buffer scratch = Buffer.allocate(2 * 1024)) {
                for (int i = 0; i < rows * columns; i++) {
                    Raw.putInt(from.address() + 4L * i, i + 1);
                }
                Task copies = TransposedCopies
                        .forAll(List.of(new TransposedCopies.Copy(from.address(), columns, rows, columns, to.address(), 0)));
                copies.bind(new long[]{scratch.address(), scratch.address() + 1024}, 0);
                for (int chunk = 0; chunk < copies.chunks(); chunk++) {
                    copies.run(chunk, random.nextInt(2), 0);
                }
                for (int row = 0; row < rows; row++) {
                    for (int column = 0; column < columns; column++) {
                        assertEquals(row * columns + column + 1, Raw.getInt(to.address() + 4L * (column * rows + row)),
                                "of " + rows + " x " + columns);
                    }
                }
            }
        }
    }

    /** Whole blocks, what is left of rows and of columns, and rows further apart than they are long; for the second of two workers. */
    @Test
    void exchangesRowsAndColumns() {
        Random random = new Random(5);
        for (int turn = 0; turn < 200; turn++) {
            int rows = 1 + random.nextInt(70), columns = 1 + random.nextInt(70), stride = columns + random.nextInt(3),
                    size = rows * columns;
            try (Buffer from = Buffer.allocate(4L * rows * stride);
                    Buffer to = Buffer.allocate(4L * 2 * size);
                    Buffer scratch = Buffer.allocate(2 * 1024)) {
                for (int i = 0; i < rows * stride; i++) {
                    Raw.putInt(from.address() + 4L * i, i + 1);
                }
                Task copies = TransposedCopies.forEach(
                        List.of(new TransposedCopies.Copy(from.address(), stride, rows, columns, to.address(), size)), 2, 8);
                assertEquals(2, copies.chunks(), "one for each worker");
                assertEquals(1024, copies.scratchBytes());
                copies.bind(new long[]{scratch.address(), scratch.address() + 1024}, 0);
                copies.run(1, 1, 0);
                for (int row = 0; row < rows; row++) {
                    for (int column = 0; column < columns; column++) {
                        long place = to.address() + 4L * (column * rows + row);
                        assertEquals(0, Raw.getInt(place), "the first worker's");
                        assertEquals(row * stride + column + 1, Raw.getInt(place + 4L * size), "of " + rows + " x " + columns);
                    }
                }
            }
        }
    }
}
