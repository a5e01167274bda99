package dev.joule.core.cpu.product;

import dev.joule.core.cpu.machine.ProductKernel;

/**
 * Products whose c is some vectors wide. Rows are shared evenly among as few blocks as possible: 16 as 6, 5 and 5. When there are many blocks, the
 * first copies b, whose rows may lie so that a first-level cache has room for few of them: those of 1024 bytes for 32.
 */
final class Panel {
    /** The fewest blocks for which that is worth the stores. */
    private static final int PACKED = 8;

    private final int columns;
    private final int most;
    private final int vectorBytes;
    private final int packedStride;
    private final long copyStride;
    private final ProductKernel[] kernels;   // written when they are first wanted

    /**
     * @param most    rows of a block, for which there are registers
     * @param columns a multiple of a vector's length, if vectors have 32 bytes
     * @param packedStride b is copied if its rows are a multiple of so many bytes apart
     */
    Panel(int most, int columns, int vectorBytes, int packedStride) {
        this.most = most;
        this.columns = columns;
        this.vectorBytes = vectorBytes;
        this.packedStride = packedStride;
        this.copyStride = shape(most, false, false, true, false).copyStride();
        this.kernels = new ProductKernel[16 * (most + 1)];
    }

    /**
     * c [m, columns] = a [m, pieces length] b [pieces length, columns], or c += a b, for each line of a.
     *
     * @param cLine from one line of c to the next
     * @param copy  where there is room for b
     */
    void multiply(int m, long a, Left left, int pieces, int length, long b, long bStride, long c, long cStride, long cLine,
            boolean accumulate, long copy) {
        if (m == 0) {
            return;
        }
        int blocks = Math.ceilDiv(m, most), rows = m / blocks, larger = m - rows * blocks;   // larger blocks have a row more
        int done = 0;
        if (bStride % packedStride == 0 && blocks >= PACKED && left.lines() == 1) {
            done = rows + (larger > 0 ? 1 : 0);
            run(1, done, 0, true, a, left, pieces, length, b, bStride, c, cStride, cLine, accumulate, copy);
            b = copy;
            bStride = copyStride;
            blocks--;
            larger = Math.max(0, larger - 1);
        }
        if (larger > 0) {
            run(larger, rows + 1, done, false, a, left, pieces, length, b, bStride, c, cStride, cLine, accumulate, copy);
            done += larger * (rows + 1);
        }
        if (blocks > larger) {
            run(blocks - larger, rows, done, false, a, left, pieces, length, b, bStride, c, cStride, cLine, accumulate, copy);
        }
    }

    /** Some blocks of each line, from a row on. */
    private void run(int blocks, int rows, int from, boolean packs, long a, Left left, int pieces, int length, long b,
            long bStride,
            long c, long cStride, long cLine, boolean accumulate, long copy) {
        long aRow = left.toNextRow(), done = (long) blocks * rows;
        kernel(rows, left, accumulate, packs, pieces).run(blocks, length, a + from * aRow, left.stride(), b, bStride,
                c + from * cStride, cStride, copy, pieces, left.gap(length), left.lines(), left.lineApart() - done * aRow,
                cLine - done * cStride);
    }

    private ProductKernel kernel(int rows, Left left, boolean accumulate, boolean packs, int pieces) {
        int place = 16 * rows + (left.transposed() ? 8 : 0) + (accumulate ? 4 : 0) + (packs ? 2 : 0) + (pieces > 1 ? 1 : 0);
        ProductKernel kernel = kernels[place];
        return kernel == null ? write(place, shape(rows, left.transposed(), accumulate, packs, pieces > 1)) : kernel;
    }

    private synchronized ProductKernel write(int place, ProductKernel.Shape shape) {
        if (kernels[place] == null) {
            kernels[place] = new ProductKernel(shape);
        }
        return kernels[place];
    }

    private ProductKernel.Shape shape(int rows, boolean transposed, boolean accumulate, boolean packs, boolean pieces) {
        return new ProductKernel.Shape(rows, columns, vectorBytes, transposed, accumulate, packs, pieces);
    }
}
