package dev.joule.core.cpu.vector;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.PseudoInstruction;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ConstantDescs;
import java.lang.reflect.AccessFlag;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.IntStream;

import dev.joule.core.DType;
import dev.joule.core.plan.Instr;

/**
 * The bytecode of {@link FloatArithmetic}, {@link IntArithmetic}, {@link FloatFunctions} and {@link FloatDraws}, to be copied into loops. A loop that
 * called these methods would put every vector on the heap whenever the JIT compiler does not inline a call, and it promises
 * nothing of the kind. All of them are straight lines: no branches, one return at the end.
 */
public final class VectorCode {
    private static final Map<String, MethodModel> METHODS = new HashMap<>();
    private static final Map<String, Integer> CALLS = new HashMap<>();

    static {
        read(FloatArithmetic.class);
        read(IntArithmetic.class);
        read(FloatFunctions.class);
        read(FloatDraws.class);
        METHODS.keySet().forEach(function -> CALLS.put(function, count(function)));
    }

    private VectorCode() {
    }

    private static void read(Class<?> functions) {
        try (InputStream file = functions.getResourceAsStream(functions.getSimpleName() + ".class")) {
            if (file == null) {
                throw new IllegalStateException(
                        "the class file of " + functions.getName() + " cannot be read: loops are made of it");
            }
            ClassModel model = ClassFile.of().parse(file.readAllBytes());
            for (MethodModel method : model.methods()) {
                boolean isFunction = !method.methodName().equalsString(ConstantDescs.INIT_NAME);
                if (isFunction && METHODS.put(method.methodName().stringValue(), method) != null) {
                    throw new AssertionError("two functions " + method.methodName());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The function that instruction {@code i} of a body is, if it is one of vectors: of float32, or of int32. */
    public static Optional<String> function(List<Instr> body, int i) {
        Instr instr = body.get(i);
        List<DType> types = IntStream.of(instr.operands()).mapToObj(a -> body.get(a).dtype()).toList();
        boolean integers = !types.isEmpty() && types.getFirst() == DType.INT32;   // of a choice, the condition
        String name = switch (instr) {
            case Instr.Map(_, var op, _) -> op.word();
            case Instr.Zip(_, var op, _, _) -> op.word();
            case Instr.Select _ -> "select";
            case Instr.Cast(DType to, _) -> integers && to == DType.FLOAT32 ? "cast" : "";
            case Instr.Const _, Instr.Load _, Instr.Gather _, Instr.Index _, Instr.Random _ -> "";
        };
        boolean has32Bits = instr.dtype() != DType.FLOAT64 && !types.contains(DType.FLOAT64);
        return Optional.of(integers ? name + "Int" : name).filter(word -> has32Bits && METHODS.containsKey(word)
                && !METHODS.get(word).flags().has(AccessFlag.PRIVATE));
    }

    public static int arity(String function) {
        return method(function).methodTypeSymbol().parameterCount();
    }

    /** How many calls of the Vector API a function comes to: a measure of its length. */
    public static int calls(String function) {
        return CALLS.get(function);
    }

    private static int count(String function) {
        int calls = 0;
        for (CodeElement element : code(function)) {
            if (element instanceof InvokeInstruction call) {
                calls += isOwn(call) ? count(call.name().stringValue()) : 1;
            }
        }
        return calls;
    }

    /** The function's instructions in place of a call of it: they take its arguments from the stack and leave its result there. */
    static void inline(CodeBuilder code, String function) {
        Map<Integer, Integer> locals = new HashMap<>();
        for (int argument = arity(function) - 1; argument >= 0; argument--) {
            code.astore(local(code, locals, argument, TypeKind.REFERENCE));
        }
        for (CodeElement element : code(function)) {
            switch (element) {
                case LoadInstruction load -> code.loadLocal(load.typeKind(), local(code, locals, load.slot(), load.typeKind()));
                case StoreInstruction store ->
                    code.storeLocal(store.typeKind(), local(code, locals, store.slot(), store.typeKind()));
                case InvokeInstruction call when isOwn(call) -> inline(code, call.name().stringValue());
                case ReturnInstruction _ -> {}
                case Instruction instruction -> code.with(instruction);
                case PseudoInstruction _ -> {}
                default -> throw new AssertionError(function + ": " + element);
            }
        }
    }

    private static int local(CodeBuilder code, Map<Integer, Integer> locals, int slot, TypeKind kind) {
        return locals.computeIfAbsent(slot, _ -> code.allocateLocal(kind));
    }

    private static boolean isOwn(InvokeInstruction call) {
        return call.owner().asInternalName().startsWith(VectorCode.class.getPackageName().replace('.', '/') + "/");
    }

    /** A function's instructions: calls of the Vector API and of other functions. */
    static CodeModel code(String function) {
        return method(function).code().orElseThrow();
    }

    private static MethodModel method(String function) {
        MethodModel method = METHODS.get(function);
        if (method == null) {
            throw new NoSuchElementException("no vector code for " + function);
        }
        return method;
    }
}
