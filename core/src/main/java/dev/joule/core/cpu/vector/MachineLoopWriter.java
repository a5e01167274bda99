package dev.joule.core.cpu.vector;

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

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

import dev.joule.core.cpu.machine.Assembler;
import dev.joule.core.cpu.machine.Avx;
import dev.joule.core.cpu.machine.Register;
import dev.joule.core.cpu.machine.Register.Place;
import dev.joule.core.cpu.vector.LaneProgram.Value;

/**
 * Writes a loop as machine code, for AVX2: a C function of an array of addresses, those of the operands and of the results, and of how many
 * vectors there are. Behind the bytecode of {@link LoopWriter} stands the JIT compiler, which needs seconds before a loop is quick, and
 * then moves each constant into a register first.
 */
final class MachineLoopWriter {
    static final int VECTOR_BYTES = 32;
    private static final Register ADDRESSES = RDI, OFFSET = RSI, FAR = RAX, COUNT = R14, CONSTANTS = R15;
    private static final List<Register> NEAR = List.of(RCX, RDX, R8, R9, R10, R11, RBX, RBP, R12, R13);
    private static final List<Register> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);   // a caller wants them back as they were

    private final LoopShape shape;
    private final LaneProgram program;
    private final List<Integer> constants;
    private final Assembler code = new Assembler(VECTOR_BYTES);
    private final LaneRegisters registers;
    private int number;   // of the instruction

    private MachineLoopWriter(LoopShape shape, LaneProgram program) {
        this.shape = shape;
        this.program = program;
        this.constants = program.line.stream().flatMap(result -> result.inputs.stream())
                .mapMulti((Value value, java.util.function.Consumer<Integer> bits) -> {
                    if (value instanceof Value.Constant constant) {
                        bits.accept(constant.bits());
                    }
                }).distinct().toList();
        this.registers = new LaneRegisters(program, code);
    }

    /** @param entry where in {@code bytes} the function begins, behind its constants */
    record Written(byte[] bytes, int entry) {
    }

    static Written write(LoopShape shape) {
        LaneProgram program = LaneProgram.of(shape);
        MachineLoopWriter trial = new MachineLoopWriter(shape, program);
        trial.run(0);
        MachineLoopWriter writer = new MachineLoopWriter(shape, program);
        writer.run(trial.registers.stackBytes());
        byte[] code = writer.code.code();
        int entry = writer.constants.size() * VECTOR_BYTES;
        ByteBuffer all = ByteBuffer.allocate(entry + code.length).order(ByteOrder.LITTLE_ENDIAN);
        writer.constants.forEach(bits -> {
            for (int lane = 0; lane < VECTOR_BYTES / Float.BYTES; lane++) {
                all.putInt(bits);
            }
        });
        return new Written(all.put(code).array(), entry);
    }

    private void run(int stackBytes) {
        SAVED.forEach(code::push);
        code.lea(RSP, RSP.at(-stackBytes));
        code.leaBefore(CONSTANTS, constants.size() * VECTOR_BYTES);
        code.mov(COUNT, RSI);
        code.and(OFFSET, 0);
        int addresses = shape.operands().size() + shape.results().size();
        for (int i = 0; i < Math.min(addresses, NEAR.size()); i++) {
            code.mov(NEAR.get(i), ADDRESSES.at(Long.BYTES * i));
        }
        code.repeatUntilZero(() -> {
            step();
            code.lea(OFFSET, OFFSET.at(VECTOR_BYTES));
            code.dec(COUNT);
        });
        code.lea(RSP, RSP.at(stackBytes));
        SAVED.reversed().forEach(code::pop);
        code.vzeroupper();
        code.ret();
    }

    /** Where an instruction finds what it takes last. */
    private sealed interface Source {
        record Vector(int register) implements Source {
        }

        record Memory(Place place) implements Source {
        }
    }

    /** One vector. All operands are read before a result is written, which may be where an operand was. */
    private void step() {
        for (number = 0; number < program.line.size(); number++) {
            Value.Result result = program.line.get(number);
            registers.hold(write(result), result);
            registers.done();
        }
        for (int i = 0; i < program.results.size(); i++) {
            int result = register(program.results.get(i));
            code.store(place(shape.operands().size() + i, true), result);
            registers.done();
        }
    }

    /** Writes an instruction; gives the register of its result. */
    private int write(Value.Result result) {
        List<Value> inputs = result.inputs;
        return switch (result.instruction) {
            case VSQRTPS, VCVTDQ2PS, VCVTTPS2DQ -> {
                Source x = source(inputs.getFirst());
                yield written(result, to -> vector(result.instruction, to, 0, x));
            }
            case VPSLLD, VPSRLD, VPSRAD -> {
                int x = register(inputs.getFirst());
                yield written(result, to -> code.shift(result.instruction, to, x, result.immediate));
            }
            case VBLENDVPS -> {
                int x = register(inputs.get(0)), mask = register(inputs.get(2));
                Source y = source(inputs.get(1));
                yield written(result, to -> {
                    vector(result.instruction, to, x, y);
                    code.immediate(mask << 4);
                });
            }
            case VCMPPS -> {
                int x = register(inputs.get(0));
                Source y = source(inputs.get(1));
                yield written(result, to -> {
                    vector(result.instruction, to, x, y);
                    code.immediate(result.immediate);
                });
            }
            case VFMADD231PS -> multiplyAndAdd(result);
            case VADDPS, VMULPS, VANDPS, VORPS, VXORPS, VPADDD, VPAND, VPXOR, VPCMPEQD -> {
                boolean swap = registers.of(inputs.get(0)) < 0 && registers.of(inputs.get(1)) >= 0;
                yield binary(result, inputs.get(swap ? 1 : 0), inputs.get(swap ? 0 : 1));
            }
            case VSUBPS, VDIVPS, VMINPS, VMAXPS, VANDNPS, VPSUBD, VPCMPGTD -> binary(result, inputs.get(0), inputs.get(1));
            case VMOVUPS, VBROADCASTSS, VFMADD213PS ->
                throw new IllegalArgumentException(result.instruction + " in a line");
        };
    }

    private interface Instruction {
        void to(int register);
    }

    private int written(Value.Result result, Instruction instruction) {
        registers.consume(result.inputs, number);
        registers.done();
        int to = registers.allocate();
        instruction.to(to);
        return to;
    }

    private int binary(Value.Result result, Value x, Value y) {
        int first = register(x);
        Source second = source(y);
        return written(result, to -> vector(result.instruction, to, first, second));
    }

    /** x y + sum, which takes the place of a factor if the sum is in memory, else of the sum. */
    private int multiplyAndAdd(Value.Result result) {
        boolean swap = registers.of(result.inputs.getFirst()) < 0;
        Value factor = result.inputs.get(swap ? 1 : 0), other = result.inputs.get(swap ? 0 : 1), sum = result.inputs.get(2);
        int x = register(factor), to;
        if (registers.of(sum) < 0) {
            boolean last = registers.of(other) >= 0 && !registers.isLast(other, number) && registers.isLast(factor, number);
            int y = last ? register(other) : x;
            to = last ? x : overwritable(other);
            code.vector(Avx.VFMADD213PS, to, y, place(sum));
        } else {
            to = overwritable(sum);
            vector(Avx.VFMADD231PS, to, x, source(other));
        }
        registers.consume(result.inputs, number);
        return to;
    }

    /** A register with a value that nobody needs there after this instruction. */
    private int overwritable(Value value) {
        if (registers.of(value) >= 0 && registers.isLast(value, number)) {
            return register(value);
        }
        Source from = source(value);
        int copy = registers.allocate();
        vector(Avx.VMOVUPS, copy, 0, from);
        return copy;
    }

    private void vector(Avx instruction, int to, int x, Source y) {
        switch (y) {
            case Source.Vector(int register) -> code.vector(instruction, to, x, register);
            case Source.Memory(Place place) -> code.vector(instruction, to, x, place);
        }
    }

    /** The register of a value, which is loaded if it is in none. */
    private int register(Value value) {
        int register = registers.of(value);
        if (register >= 0) {
            return registers.take(register);
        }
        int loaded = registers.allocate();
        code.vector(Avx.VMOVUPS, loaded, 0, place(value));
        registers.hold(loaded, value);
        return loaded;
    }

    /** A value's register, or its place in memory. */
    private Source source(Value value) {
        int register = registers.of(value);
        return register >= 0 ? new Source.Vector(registers.take(register)) : new Source.Memory(place(value));
    }

    private Place place(Value value) {
        return switch (value) {
            case Value.Constant(int bits) -> CONSTANTS.at(constants.indexOf(bits) * VECTOR_BYTES);
            case Value.Operand(int operand) -> place(operand, shape.operands().get(operand) == LoopShape.Operand.WALKS);
            case Value.Result result -> registers.saved(result);
        };
    }

    /** Where the operand or result of a number is. */
    private Place place(int address, boolean walks) {
        Register base = FAR;
        if (address < NEAR.size()) {
            base = NEAR.get(address);
        } else {
            code.mov(FAR, ADDRESSES.at(Long.BYTES * address));
        }
        return walks ? base.at(OFFSET, 1, 0) : base.at(0);
    }
}
