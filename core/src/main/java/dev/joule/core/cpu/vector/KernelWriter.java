package dev.joule.core.cpu.vector;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;

import dev.joule.core.cpu.memory.Raw;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Writes the kernels of products. A block of c, some rows by some vectors, stays in registers while the depth goes by: each turn
 * loads b's vectors and one number of a for each row, and does a multiplication and an addition per lane and register.
 *
 * <p>Rows of a are found by offsets of type int: the JIT compiler then adds them within the load instruction; a long takes an
 * instruction of its own, one for every two of arithmetic.
 */
final class KernelWriter {
    private static final ClassDesc RAW = WrittenClass.desc(Raw.class), ANY_VECTOR = WrittenClass.desc(Vector.class);
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(CD_void, CD_int, CD_long, CD_long, CD_long, CD_long, CD_long,
            CD_long, CD_long, CD_boolean);
    private static final MethodTypeDesc GET_FLOAT = MethodTypeDesc.of(CD_float, CD_long),
            ZERO = MethodTypeDesc.of(WrittenClass.VECTOR, WrittenClass.SPECIES),
            BROADCAST = MethodTypeDesc.of(WrittenClass.VECTOR, WrittenClass.SPECIES, CD_float),
            FMA = MethodTypeDesc.of(WrittenClass.VECTOR, ANY_VECTOR, ANY_VECTOR);
    // the locals of run's arguments
    private static final int DEPTH = 1, A = 2, A_ROW = 4, A_COLUMN = 6, B = 8, B_ROW = 10, C = 12, C_ROW = 14, ACCUMULATE = 16;

    private final int rows;
    private final int vectors;
    private final VectorSpecies<Float> species;
    private final CodeBuilder code;
    private final int[] offset;
    private final int[][] sum;

    private KernelWriter(int rows, int vectors, VectorSpecies<Float> species, CodeBuilder code) {
        this.rows = rows;
        this.vectors = vectors;
        this.species = species;
        this.code = code;
        this.offset = new int[rows];
        this.sum = new int[rows][vectors];
    }

    static FloatKernel write(int rows, int vectors, VectorSpecies<Float> species) {
        return WrittenClass.instance(FloatKernel.class, RUN, code -> new KernelWriter(rows, vectors, species, code).run());
    }

    private void run() {
        for (int row = 1; row < rows; row++) {
            offset[row] = code.allocateLocal(TypeKind.INT);
            code.lload(A_ROW).l2i().loadConstant(row).imul().istore(offset[row]);
        }
        begin();
        int turn = code.allocateLocal(TypeKind.INT);
        Label next = code.newLabel(), done = code.newLabel();
        code.iconst_0().istore(turn).labelBinding(next).iload(turn).iload(DEPTH).if_icmpge(done);
        turn();
        code.lload(A).lload(A_COLUMN).ladd().lstore(A).lload(B).lload(B_ROW).ladd().lstore(B);
        code.iinc(turn, 1).goto_(next).labelBinding(done);
        forEach((row, vector) -> WrittenClass.store(code, sum[row][vector], () -> addressOfC(row, vector)));
        code.return_();
    }

    /** The sums begin with zero, or with c. */
    private void begin() {
        Label given = code.newLabel(), begun = code.newLabel();
        forEach((row, vector) -> sum[row][vector] = code.allocateLocal(TypeKind.REFERENCE));
        code.iload(ACCUMULATE).ifne(given);
        forEach((row, vector) -> {
            WrittenClass.species(code, species);
            code.invokestatic(WrittenClass.VECTOR, "zero", ZERO).astore(sum[row][vector]);
        });
        code.goto_(begun).labelBinding(given);
        forEach((row, vector) -> {
            WrittenClass.load(code, species, () -> addressOfC(row, vector));
            code.astore(sum[row][vector]);
        });
        code.labelBinding(begun);
    }

    /** sum[row][vector] += a[row] b[vector], at one place of the depth. */
    private void turn() {
        int[] b = new int[vectors];
        for (int vector = 0; vector < vectors; vector++) {
            long behind = (long) vector * species.vectorByteSize();
            WrittenClass.load(code, species, () -> code.lload(B).loadConstant(behind).ladd());
            b[vector] = code.allocateLocal(TypeKind.REFERENCE);
            code.astore(b[vector]);
        }
        int x = code.allocateLocal(TypeKind.REFERENCE);
        for (int row = 0; row < rows; row++) {
            WrittenClass.species(code, species);
            code.lload(A);
            if (row > 0) {
                code.iload(offset[row]).i2l().ladd();
            }
            code.invokestatic(RAW, "getFloat", GET_FLOAT).invokestatic(WrittenClass.VECTOR, "broadcast", BROADCAST).astore(x);
            for (int vector = 0; vector < vectors; vector++) {
                code.aload(x).aload(b[vector]).aload(sum[row][vector]).invokevirtual(WrittenClass.VECTOR, "fma", FMA)
                        .astore(sum[row][vector]);
            }
        }
    }

    private void addressOfC(int row, int vector) {
        code.lload(C).lload(C_ROW).loadConstant((long) row).lmul().ladd()
                .loadConstant((long) vector * species.vectorByteSize()).ladd();
    }

    private interface Place {
        void at(int row, int vector);
    }

    private void forEach(Place place) {
        for (int row = 0; row < rows; row++) {
            for (int vector = 0; vector < vectors; vector++) {
                place.at(row, vector);
            }
        }
    }
}
