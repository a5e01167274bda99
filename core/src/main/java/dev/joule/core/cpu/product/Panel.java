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
        this.copyStride = shape(most, false, false, true).copyStride();
        this.kernels = new ProductKernel[8 * (most + 1)];
    }

    /** c [m, columns] = a [m, k] b [k, columns], or c += a b. In {@code copy} there is room for b. */
    void multiply(int m, int k, long a, long aStride, boolean transposed, long b, long bStride, long c, long cStride,
            boolean accumulate, long copy) {
        if (m == 0) {
            return;
        }
        long aRow = transposed ? Float.BYTES : aStride;
        int blocks = Math.ceilDiv(m, most), rows = m / blocks, larger = m - rows * blocks;   // larger blocks have a row more
        int done = 0;
        if (bStride % packedStride == 0 && blocks >= PACKED) {
            done = rows + (larger > 0 ? 1 : 0);
            kernel(done, transposed, accumulate, true).run(1, k, a, aStride, b, bStride, c, cStride, copy);
            b = copy;
            bStride = copyStride;
            blocks--;
            larger = Math.max(0, larger - 1);
        }
        if (larger > 0) {
            kernel(rows + 1, transposed, accumulate, false).run(larger, k, a + done * aRow, aStride, b, bStride,
                    c + done * cStride,
                    cStride, 0);
            done += larger * (rows + 1);
        }
        if (blocks > larger) {
            kernel(rows, transposed, accumulate, false).run(blocks - larger, k, a + done * aRow, aStride, b, bStride,
                    c + done * cStride, cStride, 0);
        }
    }

    private ProductKernel kernel(int rows, boolean transposed, boolean accumulate, boolean packs) {
        int place = 8 * rows + (transposed ? 4 : 0) + (accumulate ? 2 : 0) + (packs ? 1 : 0);
        ProductKernel kernel = kernels[place];
        return kernel == null ? write(place, rows, transposed, accumulate, packs) : kernel;
    }

    private synchronized ProductKernel write(int place, int rows, boolean transposed, boolean accumulate, boolean packs) {
        if (kernels[place] == null) {
            kernels[place] = new ProductKernel(shape(rows, transposed, accumulate, packs));
        }
        return kernels[place];
    }

    private ProductKernel.Shape shape(int rows, boolean transposed, boolean accumulate, boolean packs) {
        return new ProductKernel.Shape(rows, columns, vectorBytes, transposed, accumulate, packs);
    }
}
