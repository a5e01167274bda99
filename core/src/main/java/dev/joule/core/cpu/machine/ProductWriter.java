package dev.joule.core.cpu.machine;

import static dev.joule.core.cpu.machine.Register.R10;
import static dev.joule.core.cpu.machine.Register.R11;
import static dev.joule.core.cpu.machine.Register.R12;
import static dev.joule.core.cpu.machine.Register.R13;
import static dev.joule.core.cpu.machine.Register.R14;
import static dev.joule.core.cpu.machine.Register.R15;
import static dev.joule.core.cpu.machine.Register.R8;
import static dev.joule.core.cpu.machine.Register.R9;
import static dev.joule.core.cpu.machine.Register.RAX;
import static dev.joule.core.cpu.machine.Register.RBP;
import static dev.joule.core.cpu.machine.Register.RBX;
import static dev.joule.core.cpu.machine.Register.RCX;
import static dev.joule.core.cpu.machine.Register.RDI;
import static dev.joule.core.cpu.machine.Register.RDX;
import static dev.joule.core.cpu.machine.Register.RSI;
import static dev.joule.core.cpu.machine.Register.RSP;

import java.util.List;

import dev.joule.core.cpu.machine.ProductKernel.Shape;
import dev.joule.core.cpu.machine.Register.Place;

/**
 * Writes the machine code of {@link ProductKernel}. A block of c stays in registers while the depth goes by: each turn loads b's vectors and
 * one number of a for each row, and does a multiplication and an addition per lane and register.
 *
 * <p>Not bytecode for the JIT compiler, because that makes 32 instructions of the 20 which a turn of 6 rows by 2 vectors needs, and
 * does not keep so many sums in registers when it is asked for less. A core that has nothing else to do hides them; one that is shared by
 * two threads issues half as many instructions for each, and is a quarter slower.
 */
final class ProductWriter {
    /** Turns between two jumps. */
    private static final int UNROLLED = 4;
    private static final int MASK = 1;   // the register for the mask of the last columns
    /** Rows that one register leads to: its own, and one and two strides behind. */
    private static final int TOGETHER = 3;

    // where a C function finds its first six arguments; the others are on the stack
    private static final Register BLOCKS = RDI, DEPTH = RSI, A_GIVEN = RDX, A_STRIDE = RCX, B = R8, B_STRIDE = R9;
    private static final Register C = R10, C_STRIDE = R11, A = RBX, B_NOW = R14, COPY = RBP, COPY_NOW = R15, COUNT = RAX;
    private static final List<Register> A_NOW = List.of(RDX, R12, R13);
    private static final List<Register> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);   // a caller wants them back as they were

    private static final Place PIECES_LEFT = onStack(0), BLOCKS_OF_LINE = onStack(1);   // c and its stride have registers
    private static final Place PIECES = onStack(3), GAP = onStack(4), LINES_LEFT = onStack(5), A_GAP = onStack(6),
            C_GAP = onStack(7);

    private final Shape shape;
    private final Assembler code;

    private ProductWriter(Shape shape) {
        this.shape = shape;
        this.code = new Assembler(shape.vectorBytes());
    }

    static byte[] write(Shape shape) {
        ProductWriter writer = new ProductWriter(shape);
        writer.run();
        return writer.code.code();
    }

    private void run() {
        SAVED.forEach(code::push);
        code.mov(C, onStack(0));
        code.mov(C_STRIDE, onStack(1));
        code.mov(COPY, onStack(2));
        code.mov(A, A_GIVEN);
        if (shape.isMasked()) {
            code.mask(MASK, (1 << shape.last()) - 1, COUNT);
        }
        code.mov(BLOCKS_OF_LINE, BLOCKS);
        code.repeatUntilZero(() -> {
            code.mov(BLOCKS, BLOCKS_OF_LINE);
            code.repeatUntilZero(() -> {
                block();
                code.dec(BLOCKS);
            });
            code.add(A, A_GAP);
            code.add(C, C_GAP);
            code.dec(LINES_LEFT);
        });
        SAVED.reversed().forEach(code::pop);
        code.vzeroupper();
        code.ret();
    }

    /** Where an argument is that has no register: behind what was saved, and the way back. */
    private static Place onStack(int argument) {
        return RSP.at(Long.BYTES * (SAVED.size() + 1 + argument));
    }

    /** A block of c. Leads a and c on to the next. */
    private void block() {
        forEachOfC(shape.accumulate() ? this::load
                : (sum, _) -> code.vector(Avx.VPXOR, sum, sum, sum));
        code.mov(B_NOW, B);
        code.mov(COPY_NOW, COPY);
        for (int group = 0; group < groups(); group++) {
            code.mov(A_NOW.get(group), A);
            for (int row = 0; row < Math.min(TOGETHER, shape.rows() - group * TOGETHER) && !shape.transposed(); row++) {
                code.add(A, A_STRIDE);
            }
        }
        if (shape.transposed()) {
            code.lea(A, A.at(Float.BYTES * shape.rows()));
        }
        if (shape.pieces()) {
            code.mov(COUNT, PIECES);
            code.mov(PIECES_LEFT, COUNT);
            code.repeatUntilZero(() -> {
                piece();
                A_NOW.subList(0, groups()).forEach(a -> code.add(a, GAP));
                code.dec(PIECES_LEFT);
            });
        } else {
            piece();
        }
        forEachOfC(this::store);
        code.mov(C, COUNT);
    }

    private void piece() {
        turns(UNROLLED, () -> code.shr(COUNT, Integer.numberOfTrailingZeros(UNROLLED)));
        turns(1, () -> code.and(COUNT, UNROLLED - 1));
    }

    private interface Action {
        void on(int register, Place place);
    }

    private void load(int register, Place place) {
        if (isMasked(register)) {
            code.masked(MASK, true, () -> code.vector(Avx.VMOVUPS, register, 0, place));
        } else {
            code.vector(Avx.VMOVUPS, register, 0, place);
        }
    }

    private void store(int register, Place place) {
        if (isMasked(register)) {
            code.masked(MASK, false, () -> code.store(place, register));
        } else {
            code.store(place, register);
        }
    }

    /** Whether a register, of c or of b, has a row's last columns, and room for more. */
    private boolean isMasked(int register) {
        return shape.isMasked() && register % shape.registers() == shape.vectors();
    }

    /** Something for all sums and their places in c, behind which {@code COUNT} points then. */
    private void forEachOfC(Action action) {
        code.mov(COUNT, C);
        for (int row = 0; row < shape.rows(); row++) {
            forEachVector(row, (vector, sum) -> action.on(sum, COUNT.at(vector * shape.vectorBytes())));
            code.add(COUNT, C_STRIDE);
        }
    }

    /** @param times makes of the depth in {@code COUNT} how many times {@code together} turns are wanted */
    private void turns(int together, Runnable times) {
        code.mov(COUNT, DEPTH);
        times.run();
        code.unlessZero(() -> code.repeatUntilZero(() -> {
            for (int turn = 0; turn < together; turn++) {
                turn(turn);
                if (turn % 2 == 1 || together == 1) {
                    code.lea(B_NOW, B_NOW.at(B_STRIDE, turn % 2 + 1, 0));
                    if (shape.transposed()) {
                        code.lea(A_NOW.getFirst(), A_NOW.getFirst().at(A_STRIDE, turn % 2 + 1, 0));
                    }
                }
            }
            for (int group = 0; group < groups() && !shape.transposed(); group++) {
                code.lea(A_NOW.get(group), A_NOW.get(group).at(Float.BYTES * together));
            }
            if (shape.packs()) {
                code.lea(COPY_NOW, COPY_NOW.at(together * shape.copyStride()));
            }
            code.dec(COUNT);
        }));
    }

    /** sum[row][vector] += a[row] b[vector], at one place of the depth. */
    private void turn(int turn) {
        int b = shape.rows() * shape.registers(), x = b + shape.registers();   // the registers behind the sums
        forEachVector(shape.rows(), (vector, register) -> {
            load(register, B_NOW.at(B_STRIDE, turn % 2, vector * shape.vectorBytes()));
            if (shape.packs()) {
                code.store(COPY_NOW.at(turn * shape.copyStride() + vector * shape.vectorBytes()), register);
            }
        });
        for (int row = 0; row < shape.rows(); row++) {
            code.vector(Avx.VBROADCASTSS, x, 0, shape.transposed() ? A_NOW.getFirst().at(A_STRIDE, turn % 2, Float.BYTES * row)
                    : A_NOW.get(row / TOGETHER).at(A_STRIDE, row % TOGETHER, Float.BYTES * turn));
            forEachVector(row, (vector, sum) -> code.vector(Avx.VFMADD231PS, sum, x, b + vector));
        }
    }

    private interface OfVector {
        void write(int vector, int register);
    }

    /** Instructions for all vectors of a row of sums, the last perhaps half a one; or of b, which lies behind the last row. */
    private void forEachVector(int row, OfVector instructions) {
        for (int vector = 0; vector < shape.registers(); vector++) {
            int number = vector, register = row * shape.registers() + vector;
            if (vector == shape.vectors() && shape.isHalf()) {
                code.halved(() -> instructions.write(number, register));
            } else {
                instructions.write(number, register);
            }
        }
    }

    private int groups() {
        return shape.transposed() ? 1 : Math.ceilDiv(shape.rows(), TOGETHER);
    }
}
