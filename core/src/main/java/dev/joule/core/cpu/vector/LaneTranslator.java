package dev.joule.core.cpu.vector;

import static dev.joule.core.cpu.vector.LaneValue.ZERO;

import java.lang.classfile.CodeElement;
import java.lang.classfile.PseudoInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.joule.core.cpu.machine.Avx;
import dev.joule.core.cpu.vector.LaneValue.Condition;

/**
 * Makes instructions of a loop's calls: it goes through the bytecode of {@link FloatArithmetic}, {@link IntArithmetic}, {@link FloatFunctions} and
 * {@link FloatDraws}, and follows what is on the stack.
 */
final class LaneTranslator {
    private static final LaneValue SIGN = new LaneValue.Constant(1 << 31), NOT_SIGN = new LaneValue.Constant(~(1 << 31));
    /** How {@code VCMPPS} calls what {@code VectorOperators} has names for; NaN is different from everything. */
    private static final int EQUAL = 0, UNORDERED = 3, NOT_EQUAL = 4, LESS = 17, LESS_EQUAL = 18, GREATER_EQUAL = 29,
            GREATER = 30;
    private static final Map<String, Integer> COMPARISONS = Map.of("EQ", EQUAL, "NE", NOT_EQUAL, "LT", LESS, "LE", LESS_EQUAL,
            "GE", GREATER_EQUAL, "GT", GREATER);

    private final List<LaneValue.Result> line = new ArrayList<>();

    private LaneTranslator() {
    }

    /** @param vector which of several that are computed together; operands that stay are the same for all */
    static LaneProgram translate(LoopShape shape, int vector) {
        LaneTranslator translator = new LaneTranslator();
        List<LaneValue> values = new ArrayList<>();
        for (int number = 0; number < shape.operands().size(); number++) {
            values.add(new LaneValue.Operand(number, shape.operands().get(number) == LoopShape.Operand.WALKS ? vector : 0));
        }
        for (LoopShape.Call call : shape.calls()) {
            values.add(translator.call(call.function(), call.values().stream().map(values::get).toList()));
        }
        return new LaneProgram(translator.line, shape.results().stream().map(values::get).toList());
    }

    /** Follows a function. On its stack are values, conditions, numbers, and the names of operators. */
    private LaneValue call(String function, List<?> arguments) {
        Map<Integer, Object> locals = new HashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            locals.put(i, arguments.get(i));
        }
        Deque<Object> stack = new ArrayDeque<>();
        for (CodeElement element : VectorCode.code(function)) {
            switch (element) {
                case LoadInstruction load -> stack.push(locals.get(load.slot()));
                case StoreInstruction store -> locals.put(store.slot(), stack.pop());
                case ConstantInstruction constant -> stack.push(constant.constantValue());
                case FieldInstruction field -> stack.push(field.name().stringValue());
                case InvokeInstruction invocation -> stack.push(invoke(invocation, stack));
                case TypeCheckInstruction _, ReturnInstruction _, PseudoInstruction _ -> {}
                default -> throw new AssertionError(function + ": " + element);
            }
        }
        return (LaneValue) stack.pop();
    }

    private Object invoke(InvokeInstruction invocation, Deque<Object> stack) {
        String owner = invocation.owner().asInternalName(), name = invocation.name().stringValue();
        owner = owner.substring(owner.lastIndexOf('/') + 1);
        boolean isStatic = invocation.opcode() == java.lang.classfile.Opcode.INVOKESTATIC;
        int count = invocation.typeSymbol().parameterCount() + (isStatic ? 0 : 1);
        Object[] inputs = new Object[count];
        for (int i = count - 1; i >= 0; i--) {
            inputs[i] = stack.pop();
        }
        return switch (owner) {
            case "FloatVector" -> isStatic ? constant(name, inputs) : floats(name, (LaneValue) inputs[0], inputs);
            case "IntVector" -> integers(name, (LaneValue) inputs[0], inputs);
            case "VectorMask" -> switch (name) {
                case "cast" -> inputs[0];
                case "not" -> ((Condition) inputs[0]).not();
                default -> throw unknown(owner, name);
            };
            case "Vector" -> convert((LaneValue) inputs[0], inputs[1]);
            case "Float" -> Float.floatToRawIntBits((Float) inputs[0]);
            default -> call(name, List.of(inputs));
        };
    }

    private static LaneValue constant(String name, Object[] inputs) {
        return switch (name) {
            case "zero" -> ZERO;
            case "broadcast" -> number(inputs[1]);
            default -> throw unknown("FloatVector", name);
        };
    }

    private Object floats(String name, LaneValue x, Object[] inputs) {
        return switch (name) {
            case "add" -> add(Avx.VADDPS, x, number(inputs[1]));
            case "sub" -> add(Avx.VSUBPS, x, inputs.length == 2 ? number(inputs[1])
                    : choose((Condition) inputs[2], number(inputs[1]), ZERO));
            case "mul" -> add(Avx.VMULPS, x, number(inputs[1]));
            case "div" -> add(Avx.VDIVPS, x, number(inputs[1]));
            case "min" -> extreme(Avx.VMINPS, Avx.VORPS, x, number(inputs[1]));
            case "max" -> extreme(Avx.VMAXPS, Avx.VANDPS, x, number(inputs[1]));
            case "neg" -> add(Avx.VXORPS, x, SIGN);
            case "abs" -> add(Avx.VANDPS, x, NOT_SIGN);
            case "sqrt" -> add(Avx.VSQRTPS, x);
            case "fma" -> add(Avx.VFMADD231PS, x, number(inputs[1]), number(inputs[2]));
            case "lanewise" -> switch ((String) inputs[1]) {
                case "FMA" -> add(Avx.VFMADD231PS, x, number(inputs[2]), number(inputs[3]));
                default -> throw unknown("FloatVector", inputs[1]);
            };
            case "compare" -> Condition.of(COMPARISONS.get((String) inputs[1]), x, number(inputs[2]));
            case "blend" -> choose((Condition) inputs[2], number(inputs[1]), x);
            case "broadcast" -> number(inputs[1]);
            case "reinterpretAsInts" -> x;
            case "convert" -> convert(x, inputs[1]);
            default -> throw unknown("FloatVector", name);
        };
    }

    private Object integers(String name, LaneValue x, Object[] inputs) {
        return switch (name) {
            case "add" -> add(Avx.VPADDD, x, integer(inputs[1]));
            case "sub" -> add(Avx.VPSUBD, x, integer(inputs[1]));
            case "mul" -> add(Avx.VPMULLD, x, integer(inputs[1]));
            case "and" -> add(Avx.VPAND, x, integer(inputs[1]));
            case "lanewise" -> switch ((String) inputs[1]) {
                case "LSHL" -> add(new LaneValue.Computed(Avx.VPSLLD, List.of(x), (Integer) inputs[2]));
                case "LSHR" -> add(new LaneValue.Computed(Avx.VPSRLD, List.of(x), (Integer) inputs[2]));
                case "ASHR" -> add(new LaneValue.Computed(Avx.VPSRAD, List.of(x), (Integer) inputs[2]));
                case "XOR" -> add(Avx.VPXOR, x, integer(inputs[2]));
                default -> throw unknown("IntVector", inputs[1]);
            };
            case "compare" -> switch ((String) inputs[1]) {
                case "LT" -> Condition.of(Avx.VPCMPGTD, integer(inputs[2]), x);
                case "GE" -> Condition.of(Avx.VPCMPGTD, integer(inputs[2]), x).not();
                case "EQ" -> Condition.of(Avx.VPCMPEQD, x, integer(inputs[2]));
                case "NE" -> Condition.of(Avx.VPCMPEQD, x, integer(inputs[2])).not();
                default -> throw unknown("IntVector", inputs[1]);
            };
            case "reinterpretAsFloats" -> x;
            case "convert" -> convert(x, inputs[1]);
            default -> throw unknown("IntVector", name);
        };
    }

    /** What has no place in an int is not as in Java; no function uses it. */
    private LaneValue convert(LaneValue x, Object how) {
        return switch ((String) how) {
            case "F2I" -> add(Avx.VCVTTPS2DQ, x);
            case "I2F" -> add(Avx.VCVTDQ2PS, x);
            default -> throw unknown("Vector", how);
        };
    }

    /**
     * The processor's minimum and maximum give the second of two zeros, and of two values of which one is NaN. Both ways round,
     * zeros differ in the sign alone, which {@code join} settles; NaN is what a sum with it is.
     */
    private LaneValue extreme(Avx instruction, Avx join, LaneValue x, LaneValue y) {
        LaneValue both = add(join, add(instruction, x, y), add(instruction, y, x));
        return choose(Condition.of(UNORDERED, x, y), add(Avx.VADDPS, x, y), both);
    }

    /** {@code yes} where it holds, else {@code no}. Zeros are left to {@code no}, where they cost nothing. */
    private LaneValue choose(Condition condition, LaneValue yes, LaneValue no) {
        if (condition.equals(Condition.of(GREATER, no, yes))) {
            return add(Avx.VMINPS, yes, no);   // which is defined so, also for zeros and NaN
        }
        if (condition.equals(Condition.of(LESS, no, yes))) {
            return add(Avx.VMAXPS, yes, no);
        }
        boolean turn = !condition.isTrue() || yes.equals(ZERO) && condition.not().isTrue();
        return add(turn ? new LaneValue.Chosen(condition.not(), no, yes) : new LaneValue.Chosen(condition, yes, no));
    }

    private LaneValue add(Avx instruction, LaneValue... inputs) {
        return add(new LaneValue.Computed(instruction, List.of(inputs), 0));
    }

    private LaneValue add(LaneValue.Result result) {
        line.add(result);
        return result;
    }

    private static LaneValue number(Object input) {
        return input instanceof Number number ? new LaneValue.Constant(Float.floatToRawIntBits(number.floatValue()))
                : (LaneValue) input;
    }

    private static LaneValue integer(Object input) {
        return input instanceof Integer bits ? new LaneValue.Constant(bits) : (LaneValue) input;
    }

    private static AssertionError unknown(String owner, Object name) {
        return new AssertionError("no instruction for " + owner + "." + name);
    }
}
