package dev.joule.core.cpu.vector;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.MethodTypeDesc;

import dev.joule.core.cpu.memory.Native;

/**
 * Writes the class of a loop: addresses of operands and results are taken once, then for each vector the operands are loaded, the
 * functions' code runs on them, and the results are stored. All that is between stays in registers.
 */
public final class LoopWriter {
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(CD_void, CD_long.arrayType(), CD_int.arrayType(),
            CD_int.arrayType(), CD_int);
    private static final int AT = 1, VALUES = 2, MASKS = 3, LENGTH = 4;   // the locals of run's arguments

    private final LoopShape shape;
    private final CodeBuilder code;
    private final int[] address;
    private final int[] mask;
    private final int[] vector;
    private final int offset;

    private LoopWriter(LoopShape shape, CodeBuilder code) {
        int values = shape.operands().size() + shape.calls().size();
        this.shape = shape;
        this.code = code;
        this.address = new int[values];
        this.mask = new int[values];
        this.vector = new int[values];
        this.offset = code.allocateLocal(TypeKind.INT);
    }

    public static FloatLoop write(LoopShape shape) {
        return WrittenClass.instance(FloatLoop.class, RUN, code -> new LoopWriter(shape, code).run());
    }

    private void run() {
        int operands = shape.operands().size();
        for (int k = 0; k < operands; k++) {
            takeAddress(k, k);
            switch (shape.operands().get(k)) {
                case WALKS -> {}
                case STAYS -> load(k);
                case EITHER -> takeMask(k);
            }
        }
        for (int r = 0; r < shape.results().size(); r++) {
            takeAddress(shape.results().get(r), operands + r);
        }
        int end = code.allocateLocal(TypeKind.INT);
        Label next = code.newLabel(), done = code.newLabel();
        code.iload(LENGTH).loadConstant(Float.BYTES).imul().istore(end).iconst_0().istore(offset);
        code.labelBinding(next).iload(offset).iload(end).if_icmpge(done);
        step();
        code.iinc(offset, Native.VECTOR_BYTES).goto_(next).labelBinding(done).return_();
    }

    /** One vector. */
    private void step() {
        int operands = shape.operands().size();
        for (int k = 0; k < operands; k++) {
            if (shape.operands().get(k) != LoopShape.Operand.STAYS) {
                load(k);
            }
        }
        for (int c = 0; c < shape.calls().size(); c++) {
            LoopShape.Call call = shape.calls().get(c);
            call.values().forEach(value -> code.aload(vector[value]));
            VectorCode.inline(code, call.function());
            keep(operands + c);
        }
        shape.results().forEach(this::store);
    }

    /** {@code address[value] = at[values[place]]}. */
    private void takeAddress(int value, int place) {
        address[value] = code.allocateLocal(TypeKind.LONG);
        code.aload(AT).aload(VALUES).loadConstant(place).iaload().laload().lstore(address[value]);
    }

    private void takeMask(int operand) {
        mask[operand] = code.allocateLocal(TypeKind.INT);
        code.aload(MASKS).loadConstant(operand).iaload().istore(mask[operand]);
    }

    private void load(int operand) {
        WrittenClass.load(code, Native.FLOATS, () -> {
            code.lload(address[operand]);
            switch (shape.operands().get(operand)) {
                case WALKS -> code.iload(offset).i2l().ladd();
                case STAYS -> {}
                case EITHER -> code.iload(offset).iload(mask[operand]).iand().i2l().ladd();
            }
        });
        keep(operand);
    }

    private void store(int value) {
        WrittenClass.store(code, vector[value], () -> code.lload(address[value]).iload(offset).i2l().ladd());
    }

    private void keep(int value) {
        vector[value] = code.allocateLocal(TypeKind.REFERENCE);
        code.astore(vector[value]);
    }
}
