package dev.joule.core.cpu.product;

import dev.joule.core.cpu.vector.FloatKernel;
import dev.joule.core.cpu.vector.FloatKernels;
import jdk.incubator.vector.VectorSpecies;

/** Products whose c is some vectors wide. Rows are shared evenly among as few blocks as possible: 16 as 6, 5 and 5. */
final class Panel {
    final int columns;
    private final int most;
    private final int vectors;
    private final VectorSpecies<Float> species;
    private final FloatKernel[] kernels;   // by their rows; written when they are first wanted

    /** @param most rows of a block, for which there are registers */
    Panel(int most, int vectors, VectorSpecies<Float> species) {
        this.columns = vectors * species.length();
        this.most = most;
        this.vectors = vectors;
        this.species = species;
        this.kernels = new FloatKernel[most + 1];
    }

    /** c [m, columns] = a [m, k] b [k, columns], or c += a b. */
    void multiply(int m, int k, long a, long aRow, long aColumn, long b, long bRow, long c, long cRow, boolean accumulate) {
        int blocks = Math.ceilDiv(m, most);
        for (int row = 0; row < m;) {
            int rows = Math.ceilDiv(m - row, blocks--);
            kernel(rows).run(k, a + row * aRow, aRow, aColumn, b, bRow, c + row * cRow, cRow, accumulate);
            row += rows;
        }
    }

    private FloatKernel kernel(int rows) {
        FloatKernel kernel = kernels[rows];
        if (kernel == null) {
            kernel = FloatKernels.of(rows, vectors, species);
            kernels[rows] = kernel;   // whoever else is here writes the same
        }
        return kernel;
    }
}
