package dev.joule.core.cpu.vector;

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
import java.util.stream.Stream;

import dev.joule.core.cpu.machine.Avx;

/**
 * A loop's calls as a straight line of instructions on vectors. It comes from the bytecode of {@link FloatArithmetic},
 * {@link FloatFunctions} and {@link FloatDraws}, by following what is on the stack.
 */
final class LaneProgram {
    /** Something that instructions take. */
    sealed interface Value {
        /** One of the loop's operands, by its number. */
        record Operand(int number) implements Value {
        }

        /** The same in all lanes, by its bits. */
        record Constant(int bits) implements Value {
        }

        /** What an instruction gives. A fused multiplication and addition is a {@code VFMADD231PS} of x, y and the sum. */
        final class Result implements Value {
            final Avx instruction;
            final List<Value> inputs;
            final int immediate;

            private Result(Avx instruction, List<Value> inputs, int immediate) {
                this.instruction = instruction;
                this.inputs = inputs;
                this.immediate = immediate;
            }
        }
    }

    private static final Value ZERO = new Value.Constant(0), ONES = new Value.Constant(-1), SIGN = new Value.Constant(1 << 31),
            NOT_SIGN = new Value.Constant(~(1 << 31));
    /** How {@code VCMPPS} calls what {@code VectorOperators} has names for; NaN is different from everything. */
    private static final Map<String, Integer> COMPARISONS = Map.of("EQ", 0, "NE", 4, "LT", 17, "LE", 18, "GE", 29, "GT", 30);
    private static final int UNORDERED = 3;

    final List<Value.Result> line = new ArrayList<>();
    final List<Value> results;

    private LaneProgram(LoopShape shape) {
        List<Value> values = new ArrayList<>();
        for (int number = 0; number < shape.operands().size(); number++) {
            values.add(new Value.Operand(number));
        }
        for (LoopShape.Call call : shape.calls()) {
            values.add(call(call.function(), call.values().stream().map(values::get).toList()));
        }
        results = shape.results().stream().map(values::get).toList();
    }

    static LaneProgram of(LoopShape shape) {
        return new LaneProgram(shape);
    }

    /** Follows a function. On its stack are values, numbers, and the names of operators. */
    private Value call(String function, List<Value> arguments) {
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
        return (Value) stack.pop();
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
            case "FloatVector" -> isStatic ? constant(name, inputs) : floats(name, (Value) inputs[0], inputs);
            case "IntVector" -> integers(name, (Value) inputs[0], inputs);
            case "VectorMask" -> switch (name) {
                case "cast" -> inputs[0];
                case "not" -> add(Avx.VXORPS, (Value) inputs[0], ONES);
                default -> throw unknown(owner, name);
            };
            case "Vector" -> convert((Value) inputs[0], inputs[1]);
            case "Float" -> Float.floatToRawIntBits((Float) inputs[0]);
            default -> call(name, Stream.of(inputs).map(Value.class::cast).toList());
        };
    }

    private static Value constant(String name, Object[] inputs) {
        return switch (name) {
            case "zero" -> ZERO;
            case "broadcast" -> number(inputs[1]);
            default -> throw unknown("FloatVector", name);
        };
    }

    private Value floats(String name, Value x, Object[] inputs) {
        return switch (name) {
            case "add" -> add(Avx.VADDPS, x, number(inputs[1]));
            case "sub" -> add(Avx.VSUBPS, x, inputs.length == 2 ? number(inputs[1])
                    : add(Avx.VANDPS, (Value) inputs[2], number(inputs[1])));   // less 0 where the mask is not set
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
            case "compare" -> compare(COMPARISONS.get((String) inputs[1]), x, number(inputs[2]));
            case "blend" -> blend(x, number(inputs[1]), (Value) inputs[2]);
            case "broadcast" -> number(inputs[1]);
            case "reinterpretAsInts" -> x;
            case "convert" -> convert(x, inputs[1]);
            default -> throw unknown("FloatVector", name);
        };
    }

    private Value integers(String name, Value x, Object[] inputs) {
        return switch (name) {
            case "add" -> add(Avx.VPADDD, x, integer(inputs[1]));
            case "sub" -> add(Avx.VPSUBD, x, integer(inputs[1]));
            case "and" -> add(Avx.VPAND, x, integer(inputs[1]));
            case "lanewise" -> switch ((String) inputs[1]) {
                case "LSHL" -> add(new Value.Result(Avx.VPSLLD, List.of(x), (Integer) inputs[2]));
                case "LSHR" -> add(new Value.Result(Avx.VPSRLD, List.of(x), (Integer) inputs[2]));
                case "ASHR" -> add(new Value.Result(Avx.VPSRAD, List.of(x), (Integer) inputs[2]));
                case "XOR" -> add(Avx.VPXOR, x, integer(inputs[2]));
                default -> throw unknown("IntVector", inputs[1]);
            };
            case "compare" -> switch ((String) inputs[1]) {
                case "LT" -> add(Avx.VPCMPGTD, integer(inputs[2]), x);
                case "GE" -> add(Avx.VXORPS, add(Avx.VPCMPGTD, integer(inputs[2]), x), ONES);
                case "NE" -> add(Avx.VXORPS, add(Avx.VPCMPEQD, x, integer(inputs[2])), ONES);
                default -> throw unknown("IntVector", inputs[1]);
            };
            case "reinterpretAsFloats" -> x;
            case "convert" -> convert(x, inputs[1]);
            default -> throw unknown("IntVector", name);
        };
    }

    /** What has no place in an int is not as in Java; no function uses it. */
    private Value convert(Value x, Object how) {
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
    private Value extreme(Avx instruction, Avx join, Value x, Value y) {
        Value both = add(join, add(instruction, x, y), add(instruction, y, x));
        return blend(both, add(Avx.VADDPS, x, y), compare(UNORDERED, x, y));
    }

    private Value compare(int how, Value x, Value y) {
        return add(new Value.Result(Avx.VCMPPS, List.of(x, y), how));
    }

    /** y where the mask is set, else x. */
    private Value blend(Value x, Value y, Value mask) {
        return y.equals(ZERO) ? add(Avx.VANDNPS, mask, x) : add(Avx.VBLENDVPS, x, y, mask);
    }

    private Value add(Avx instruction, Value... inputs) {
        return add(new Value.Result(instruction, List.of(inputs), 0));
    }

    private Value add(Value.Result result) {
        line.add(result);
        return result;
    }

    private static Value number(Object input) {
        return input instanceof Number number ? new Value.Constant(Float.floatToRawIntBits(number.floatValue())) : (Value) input;
    }

    private static Value integer(Object input) {
        return input instanceof Integer bits ? new Value.Constant(bits) : (Value) input;
    }

    private static AssertionError unknown(String owner, Object name) {
        return new AssertionError("no instruction for " + owner + "." + name);
    }
}
