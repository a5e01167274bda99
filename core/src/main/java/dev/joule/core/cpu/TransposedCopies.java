package dev.joule.core.cpu;

import java.util.List;

/**
 * Makes copies of matrices with their rows for columns: of each matrix one for each worker that has a part in what follows. To fetch a
 * transposed matrix from another worker's cache takes longer than to transpose it oneself.
 */
final class TransposedCopies implements Task {
    private static final int BLOCK = 16;   // elements of 4 bytes in a line of the cache

    private final Copy[] copies;
    private final int chunks;

    /**
     * to [columns, rows] = from [rows, columns]ᵀ, of elements of 4 bytes.
     *
     * @param stride elements from one row of {@code from} to the next
     * @param to     address of worker 0's copy
     * @param turn   elements from there to the next worker's
     */
    record Copy(long from, long stride, int rows, int columns, long to, long turn) {

        void run(int worker) {
            long target = to + 4 * worker * turn;
            for (int column = 0; column < columns; column += BLOCK) {
                for (int row = 0; row < rows; row += BLOCK) {
                    block(from + 4 * (row * stride + column), 4 * stride, target + 4 * ((long) column * rows + row), 4L * rows,
                            Math.min(BLOCK, rows - row), Math.min(BLOCK, columns - column));
                }
            }
        }

        private static void block(long from, long fromRow, long to, long toRow, int rows, int columns) {
            for (int column = 0; column < columns; column++) {
                for (int row = 0; row < rows; row++) {
                    Raw.putInt(to + column * toRow + 4 * row, Raw.getInt(from + row * fromRow + 4 * column));
                }
            }
        }
    }

    /** @param chunks of what follows: a worker that has none needs no copy */
    TransposedCopies(List<Copy> copies, int workers, int chunks) {
        this.copies = copies.toArray(Copy[]::new);
        this.chunks = Math.min(workers, chunks);
    }

    @Override
    public int chunks() {
        return chunks;
    }

    @Override
    public boolean isPrivate() {
        return true;
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        for (Copy copy : copies) {
            copy.run(worker);
        }
    }
}
