package dev.joule.core.cpu.vector;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteOrder;
import java.util.function.Consumer;

import dev.joule.core.cpu.memory.Native;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Classes that are written at run time, and the words that their code is written in: vectors go from memory and into it. */
final class WrittenClass {
    static final ClassDesc VECTOR = desc(FloatVector.class), SPECIES = desc(VectorSpecies.class);
    private static final ClassDesc NATIVE = desc(Native.class), SEGMENT = desc(MemorySegment.class),
            ORDER = desc(ByteOrder.class);
    private static final MethodTypeDesc FROM_SEGMENT = MethodTypeDesc.of(VECTOR, SPECIES, SEGMENT, CD_long, ORDER);
    private static final MethodTypeDesc INTO_SEGMENT = MethodTypeDesc.of(CD_void, SEGMENT, CD_long, ORDER);

    private WrittenClass() {
    }

    static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /** An instance of a new class, whose method {@code run} is all that {@code type} asks for. ./joule knows the class by its name. */
    static <T> T instance(Class<T> type, MethodTypeDesc run, Consumer<CodeBuilder> body) {
        ClassDesc name = ClassDesc.of(WrittenClass.class.getPackageName(), "Written" + type.getSimpleName());
        byte[] file = ClassFile.of().build(name, made -> made.withFlags(ClassFile.ACC_FINAL).withInterfaceSymbols(desc(type))
                .withMethodBody(INIT_NAME, MTD_void, 0,
                        code -> code.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_())
                .withMethodBody("run", run, ClassFile.ACC_PUBLIC, body));
        try {
            MethodHandles.Lookup made = MethodHandles.lookup().defineHiddenClass(file, true);
            return type.cast(made.findConstructor(made.lookupClass(), MethodType.methodType(void.class)).invoke());
        } catch (Throwable e) {
            throw new AssertionError(type.getName(), e);
        }
    }

    /** Puts the vector at an address onto the stack. */
    static void load(CodeBuilder code, VectorSpecies<Float> species, Runnable address) {
        species(code, species);
        code.getstatic(NATIVE, "ALL", SEGMENT);
        address.run();
        code.getstatic(NATIVE, "ORDER", ORDER).invokestatic(VECTOR, "fromMemorySegment", FROM_SEGMENT);
    }

    /** Puts a local's vector to an address. */
    static void store(CodeBuilder code, int vector, Runnable address) {
        code.aload(vector).getstatic(NATIVE, "ALL", SEGMENT);
        address.run();
        code.getstatic(NATIVE, "ORDER", ORDER).invokevirtual(VECTOR, "intoMemorySegment", INTO_SEGMENT);
    }

    /** Puts the species onto the stack, as a constant for the JIT compiler. */
    static void species(CodeBuilder code, VectorSpecies<Float> species) {
        code.getstatic(VECTOR, "SPECIES_" + species.vectorBitSize(), SPECIES);
    }
}
