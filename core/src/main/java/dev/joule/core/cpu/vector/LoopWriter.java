package dev.joule.core.cpu.vector;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteOrder;

import dev.joule.core.cpu.memory.Native;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Writes the class of a loop: addresses of operands and results are taken once, then for each vector the operands are loaded, the
 * functions' code runs on them, and the results are stored. All that is between stays in registers.
 */
public final class LoopWriter {
    private static final ClassDesc LOOP = desc(FloatLoop.class), NATIVE = desc(Native.class), VECTOR = desc(FloatVector.class),
            SPECIES = desc(VectorSpecies.class), SEGMENT = desc(MemorySegment.class), ORDER = desc(ByteOrder.class);
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(CD_void, CD_long.arrayType(), CD_int.arrayType(),
            CD_int.arrayType(), CD_int);
    private static final MethodTypeDesc FROM_SEGMENT = MethodTypeDesc.of(VECTOR, SPECIES, SEGMENT, CD_long, ORDER);
    private static final MethodTypeDesc INTO_SEGMENT = MethodTypeDesc.of(CD_void, SEGMENT, CD_long, ORDER);
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
        ClassDesc name = desc(LoopWriter.class).nested("Loop");
        byte[] file = ClassFile.of().build(name, loop -> loop.withFlags(ClassFile.ACC_FINAL).withInterfaceSymbols(LOOP)
                .withMethodBody(INIT_NAME, MTD_void, 0,
                        code -> code.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_())
                .withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, code -> new LoopWriter(shape, code).run()));
        try {
            MethodHandles.Lookup loop = MethodHandles.lookup().defineHiddenClass(file, true);
            return (FloatLoop) loop.findConstructor(loop.lookupClass(), MethodType.methodType(void.class)).invoke();
        } catch (Throwable e) {
            throw new AssertionError(shape.toString(), e);
        }
    }

    private static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
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
        code.getstatic(NATIVE, "FLOATS", SPECIES).getstatic(NATIVE, "ALL", SEGMENT).lload(address[operand]);
        switch (shape.operands().get(operand)) {
            case WALKS -> code.iload(offset).i2l().ladd();
            case STAYS -> {}
            case EITHER -> code.iload(offset).iload(mask[operand]).iand().i2l().ladd();
        }
        code.getstatic(NATIVE, "ORDER", ORDER).invokestatic(VECTOR, "fromMemorySegment", FROM_SEGMENT);
        keep(operand);
    }

    private void store(int value) {
        code.aload(vector[value]).getstatic(NATIVE, "ALL", SEGMENT).lload(address[value]).iload(offset).i2l().ladd();
        code.getstatic(NATIVE, "ORDER", ORDER).invokevirtual(VECTOR, "intoMemorySegment", INTO_SEGMENT);
    }

    private void keep(int value) {
        vector[value] = code.allocateLocal(TypeKind.REFERENCE);
        code.astore(vector[value]);
    }
}
