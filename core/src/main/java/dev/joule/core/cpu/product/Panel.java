package dev.joule.core.cpu.product;

import dev.joule.core.cpu.machine.FloatKernel;

/** Products whose c is some vectors wide. Rows are shared evenly among as few blocks as possible: 16 as 6, 5 and 5. */
final class Panel {
    final int columns;
    private final int most;
    private final int vectors;
    private final int vectorBytes;
    private final FloatKernel[] kernels;   // written when they are first wanted

    /** @param most rows of a block, for which there are registers */
    Panel(int most, int vectors, int vectorBytes) {
        this.columns = vectors * vectorBytes / Float.BYTES;
        this.most = most;
        this.vectors = vectors;
        this.vectorBytes = vectorBytes;
        this.kernels = new FloatKernel[4 * (most + 1)];
    }

    /** c [m, columns] = a [m, k] b [k, columns], or c += a b. */
    void multiply(int m, int k, long a, long aStride, boolean transposed, long b, long bStride, long c, long cStride,
            boolean accumulate) {
        int blocks = Math.ceilDiv(m, most), rows = m / Math.max(1, blocks), larger = m - rows * blocks;
        if (larger > 0) {
            kernel(rows + 1, transposed, accumulate).run(larger, k, a, aStride, b, bStride, c, cStride);
        }
        if (blocks > larger) {
            long done = (long) larger * (rows + 1);
            kernel(rows, transposed, accumulate).run(blocks - larger, k, a + done * (transposed ? Float.BYTES : aStride), aStride,
                    b, bStride, c + done * cStride, cStride);
        }
    }

    private FloatKernel kernel(int rows, boolean transposed, boolean accumulate) {
        FloatKernel kernel = kernels[4 * rows + (transposed ? 2 : 0) + (accumulate ? 1 : 0)];
        return kernel == null ? write(rows, transposed, accumulate) : kernel;
    }

    private synchronized FloatKernel write(int rows, boolean transposed, boolean accumulate) {
        int place = 4 * rows + (transposed ? 2 : 0) + (accumulate ? 1 : 0);
        if (kernels[place] == null) {
            kernels[place] = new FloatKernel(new FloatKernel.Shape(rows, vectors, vectorBytes, transposed, accumulate));
        }
        return kernels[place];
    }
}
