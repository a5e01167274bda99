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
    private final Calls calls;
    private final DType dtype;
    private final MatrixLayout bLayout;
    private final int cStride;
    private final boolean own;
    private final Multiply multiply;
    private final Shift aShift;
    private final Shift bShift;
    private final Shift cShift;
    private final boolean summed;
    private final int pieces;
    /** Rows of c in each piece; 0 if pieces are whole matrices. */
    private final int pieceRows;
    private long[] scratch;

    /** One of the calls: some rows of a, and of c. */
    private interface Multiply {
        void run(int rows, long a, long b, long c, boolean accumulate, int worker);
    }

    /**
     * @param shifts of a, b and c
     * @param summed whether the rows are in the depth: c is that of the chunk, to which its later blocks add
     */
    public RowProduct(MatMulStep step, Addresses addresses, List<Shift> shifts, boolean summed, int workers) {
        this.step = step;
        this.dtype = addresses.dtype(step.c());
        this.bLayout = MatrixLayout.of(step.b(), step.k(), step.n(), step);
        this.cStride = MatrixLayout.ofResult(step).stride();
        this.own = FloatProduct.isPossible() && dtype == DType.FLOAT32
                && (!bLayout.transposed() || !step.isPlain() || (long) step.k() * step.n() <= MOST_TURNED);
        this.calls = Calls.of(step, addresses, own);
        this.multiply = !own ? blas(workers) : bLayout.transposed() ? this::turned : this::own;
        this.aShift = shifts.get(0).times(dtype.bytes());
        this.bShift = shifts.get(1).times(dtype.bytes());
        this.cShift = shifts.get(2).times(dtype.bytes());
        this.summed = summed;
        int wanted = own ? (int) Math.clamp(step.flop() / PIECE_FLOP, 1, MOST_PIECES) : 1, rows = calls.rows();
        boolean matrices = wanted > 1 && calls.matrices() > 1;
        this.pieceRows = matrices ? 0 : wanted > 1 ? Math.ceilDiv(rows, wanted * ROWS) * ROWS : Math.max(1, rows);
        this.pieces = matrices ? Math.min(wanted, calls.matrices()) : Math.ceilDiv(rows, pieceRows);
    }

    @Override
    public void run(Block at, int worker, long clock) {
        run(0, calls.matrices(), 0, calls.rows(), at, worker, worker);
    }

    /** Pieces are matrices, or rows of c. Only {@link FloatProduct} promises the same bits for a row whatever the others are. */
    @Override
    public int pieces() {
        return pieces;
    }

    @Override
    public void run(int piece, Block at, int owner, int worker) {
        int matrices = calls.matrices();
        if (pieceRows == 0) {
            run(matrices * piece / pieces, matrices * (piece + 1) / pieces, 0, calls.rows(), at, owner, worker);
        } else {
            int row = piece * pieceRows;
            run(0, matrices, row, Math.min(pieceRows, calls.rows() - row), at, owner, worker);
        }
    }

    private void run(int from, int to, int row, int rows, Block at, int owner, int worker) {
        long aBy = aShift.turns(at.number(), owner) * aShift.elements() + row * calls.left().toNextRow(),
                bBy = bShift.turns(at.number(), owner) * bShift.elements(),
                cBy = cShift.turns(summed ? at.chunk() : at.number(), owner) * cShift.elements()
                        + (long) row * cStride * dtype.bytes();
        boolean adds = step.accumulate() || summed && !at.first();
        for (int call = from * calls.adding(); call < to * calls.adding(); call++) {
            multiply.run(rows, calls.a()[call] + aBy, calls.b()[call] + bBy, calls.c()[call] + cBy,
                    adds || call % calls.adding() > 0, worker);
        }
    }

    private void own(int rows, long a, long b, long c, boolean accumulate, int worker) {
        own(rows, a, b, bLayout.stride(), c, accumulate, worker);
    }

    private void turned(int rows, long a, long b, long c, boolean accumulate, int worker) {
        long copy = scratch[worker] + FloatProduct.SCRATCH_BYTES;
        TransposedCopies.transpose(b, bLayout.stride(), step.n(), 0, step.n(), calls.left().columns(), copy, scratch[worker]);
        own(rows, a, copy, step.n(), c, accumulate, worker);
    }

    private void own(int rows, long a, long b, long bStride, long c, boolean accumulate, int worker) {
        FloatProduct.multiply(rows, step.n(), a, calls.left(), b, Float.BYTES * bStride, c, (long) Float.BYTES * cStride,
                calls.cLine(), accumulate, scratch[worker]);
    }

    private Multiply blas(int workers) {
        Blas[] blas = Blas.forEach(workers);
        MatrixLayout aLayout = MatrixLayout.of(step.a(), step.m(), step.k(), step);
        return (rows, a, b, c, accumulate, worker) -> blas[worker].multiply(dtype, rows, step.n(), step.k(), a, aLayout, b,
                bLayout,
                c, cStride, accumulate);
    }

    @Override
    public long scratchBytes() {
        return own ? FloatProduct.SCRATCH_BYTES + (bLayout.transposed() ? (long) step.k() * step.n() * Float.BYTES : 0) : 0;
    }

    @Override
    public void bind(long[] scratch, long shared) {
        this.scratch = scratch;
    }
}
