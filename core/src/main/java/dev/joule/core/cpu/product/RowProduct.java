package dev.joule.core.cpu.product;

import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.cpu.work.RowTask;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.MatrixLayout;

/** A product for one block of rows: some rows of c, or a share of c that is summed over some depth, one c for each chunk. */
public final class RowProduct implements RowTask {
    private final MatMulStep step;
    private final Products.Matrices matrices;
    private final Blas[] blas;
    private final boolean own;
    private final long matrixCount;
    private final Shift aShift;
    private final Shift bShift;
    private final Shift cShift;
    private final boolean summed;
    private final int bytes;
    private long[] scratch;

    /**
     * @param shifts of a, b and c
     * @param summed whether the rows are in the depth: c is that of the chunk, to which its later blocks add
     */
    public RowProduct(MatMulStep step, Addresses addresses, List<Shift> shifts, boolean summed, Blas[] blas) {
        this.step = step;
        this.matrices = new Products.Matrices(step, addresses);
        this.blas = blas;
        this.own = FloatProduct.isQuick() && matrices.dtype == DType.FLOAT32 && !matrices.bLayout.transposed();
        this.bytes = matrices.dtype.bytes();
        this.aShift = shifts.get(0).times(bytes);
        this.bShift = shifts.get(1).times(bytes);
        this.cShift = shifts.get(2).times(bytes);
        this.summed = summed;
        long count = 1;
        for (int size : step.batch()) {
            count *= size;
        }
        this.matrixCount = count;
    }

    @Override
    public void run(Block at, int worker, long clock) {
        boolean accumulate = step.accumulate() || summed && !at.first();
        for (long number = 0; number < matrixCount; number++) {
            long a = matrices.a(number, 0, 0) + aShift.turns(at.number(), worker) * aShift.elements();
            long b = matrices.b(number, 0) + bShift.turns(at.number(), worker) * bShift.elements();
            long c = matrices.c(number, 0) + cShift.turns(summed ? at.chunk() : at.number(), worker) * cShift.elements();
            MatrixLayout aLayout = matrices.aLayout;
            if (own) {
                long stride = (long) aLayout.stride() * bytes;
                FloatProduct.multiply(step.m(), step.n(), step.k(), a, aLayout.transposed() ? bytes : stride,
                        aLayout.transposed() ? stride : bytes, b, (long) matrices.bLayout.stride() * bytes, c,
                        (long) matrices.cStride * bytes, accumulate, scratch[worker]);
            } else {
                blas[worker].multiply(matrices.dtype, step.m(), step.n(), step.k(), a, aLayout, b, matrices.bLayout, c,
                        matrices.cStride, accumulate);
            }
        }
    }

    @Override
    public long scratchBytes() {
        return own ? FloatProduct.SCRATCH_BYTES : 0;
    }

    @Override
    public void bind(long[] scratch, long shared) {
        this.scratch = scratch;
    }
}
