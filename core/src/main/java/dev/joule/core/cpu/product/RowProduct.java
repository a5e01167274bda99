package dev.joule.core.cpu.product;

import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.cpu.work.Divisible;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.MatrixLayout;

/** A product for one block of rows: some rows of c, or a share of c that is summed over some depth, one c for each chunk. */
public final class RowProduct implements Divisible {
    /**
     * A piece's rows go to another core and back, 10 to 25 ns for each line of the cache if the cores share none: as long as the
     * arithmetic takes, if matrices are small. So a piece is some 70 µs of work.
     */
    private static final double PIECE_FLOP = 8e6;
    private static final int MOST_PIECES = 8;
    private static final int ROWS = 8;   // what the kernels take at a time, or twice that
    /** Numbers of a transposed b that are copied before each product: OpenBLAS, which packs its operands, takes half as long again. */
    private static final long MOST_TURNED = 1 << 14;

    private final MatMulStep step;
    private final Products.Matrices matrices;
    private final Blas[] blas;
    private final boolean own;
    private final boolean turned;
    private final long matrixCount;
    private final Shift aShift;
    private final Shift bShift;
    private final Shift cShift;
    private final boolean summed;
    private final int bytes;
    private final int pieceRows;
    private long[] scratch;

    /**
     * @param shifts of a, b and c
     * @param summed whether the rows are in the depth: c is that of the chunk, to which its later blocks add
     */
    public RowProduct(MatMulStep step, Addresses addresses, List<Shift> shifts, boolean summed, int workers) {
        this.step = step;
        this.matrices = new Products.Matrices(step, addresses);
        this.bytes = matrices.dtype.bytes();
        this.turned = matrices.bLayout.transposed();
        this.own = FloatProduct.isPossible() && matrices.dtype == DType.FLOAT32
                && (!turned || (long) step.k() * step.n() <= MOST_TURNED);
        this.blas = own ? new Blas[0] : Blas.forEach(workers);
        this.aShift = shifts.get(0).times(bytes);
        this.bShift = shifts.get(1).times(bytes);
        this.cShift = shifts.get(2).times(bytes);
        this.summed = summed;
        long count = 1;
        for (int size : step.batch()) {
            count *= size;
        }
        this.matrixCount = count;
        int pieces = (int) Math.clamp(step.flop() / PIECE_FLOP, 1, MOST_PIECES);
        this.pieceRows = Math.max(1, own ? (step.m() + pieces * ROWS - 1) / (pieces * ROWS) * ROWS : step.m());
    }

    @Override
    public void run(Block at, int worker, long clock) {
        run(0, step.m(), at, worker, worker);
    }

    /** Pieces are rows of c. Only {@link FloatProduct} promises the same bits for a row whatever the others are. */
    @Override
    public int pieces() {
        return (step.m() + pieceRows - 1) / pieceRows;
    }

    @Override
    public void run(int piece, Block at, int owner, int worker) {
        int from = piece * pieceRows;
        run(from, Math.min(pieceRows, step.m() - from), at, owner, worker);
    }

    private void run(int from, int rows, Block at, int owner, int worker) {
        boolean accumulate = step.accumulate() || summed && !at.first();
        for (long number = 0; number < matrixCount; number++) {
            long a = matrices.a(number, from, 0) + aShift.turns(at.number(), owner) * aShift.elements();
            long b = matrices.b(number, 0) + bShift.turns(at.number(), owner) * bShift.elements();
            long c = matrices.c(number, from) + cShift.turns(summed ? at.chunk() : at.number(), owner) * cShift.elements();
            MatrixLayout aLayout = matrices.aLayout;
            if (own) {
                long bStride = matrices.bLayout.stride();
                if (turned) {
                    long copy = scratch[worker] + FloatProduct.SCRATCH_BYTES;
                    TransposedCopies.transpose(b, bStride, step.n(), 0, step.n(), step.k(), copy, scratch[worker]);
                    b = copy;
                    bStride = step.n();
                }
                FloatProduct.multiply(rows, step.n(), step.k(), a, (long) aLayout.stride() * bytes, aLayout.transposed(), b,
                        bStride * bytes, c, (long) matrices.cStride * bytes, accumulate, scratch[worker]);
            } else {
                blas[worker].multiply(matrices.dtype, rows, step.n(), step.k(), a, aLayout, b, matrices.bLayout, c,
                        matrices.cStride, accumulate);
            }
        }
    }

    @Override
    public long scratchBytes() {
        return own ? FloatProduct.SCRATCH_BYTES + (turned ? (long) step.k() * step.n() * bytes : 0) : 0;
    }

    @Override
    public void bind(long[] scratch, long shared) {
        this.scratch = scratch;
    }
}
