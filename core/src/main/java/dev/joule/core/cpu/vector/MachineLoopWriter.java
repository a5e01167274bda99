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
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

import dev.joule.core.cpu.machine.Assembler;
import dev.joule.core.cpu.machine.Avx;
import dev.joule.core.cpu.machine.Register;
import dev.joule.core.cpu.machine.Register.Place;

/**
 * Writes a loop as machine code, for AVX2 or AVX-512: a C function of an array of addresses, those of the operands and of the results, and
 * of how many vectors there are. Behind the bytecode of {@link LoopWriter} stands the JIT compiler, which needs seconds before a loop is
 * quick, and then moves each constant into a register first.
 */
final class MachineLoopWriter {
    private static final Register ADDRESSES = RDI, OFFSET = RSI, FAR = RAX, COUNT = R14, CONSTANTS = R15;
    private static final List<Register> NEAR = List.of(RCX, RDX, R8, R9, R10, R11, RBX, RBP, R12, R13);
    private static final List<Register> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);   // a caller wants them back as they were
    private static final int MASK = 1;   // the register for masks

    private final LoopShape shape;
    private final LaneProgram program;
    private final List<LaneValue> fixed;
    private final List<LaneValue.Constant> constants;
    private final Assembler code;
    private final LaneRegisters registers;
    private int number;   // of the instruction

    /** @param fixed what is loaded into registers before the first vector */
    private MachineLoopWriter(LoopShape shape, LaneProgram program, List<LaneValue> fixed, int vectorBytes) {
        this.shape = shape;
        this.program = program;
        this.fixed = fixed;
        this.constants = inputs(program).filter(LaneValue.Constant.class::isInstance).map(LaneValue.Constant.class::cast)
                .distinct()
                .toList();
        this.code = new Assembler(vectorBytes);
        this.registers = new LaneRegisters(program, fixed, code);
    }

    /** @param entry where in {@code bytes} the function begins, behind its constants */
    record Written(byte[] bytes, int entry) {
    }

    /** @param shape has no operand of either kind */
    static Written write(LoopShape shape, int vectorBytes) {
        LaneProgram program = LaneProgram.of(shape);
        MachineLoopWriter first = new MachineLoopWriter(shape, program, List.of(), vectorBytes);
        first.run(0);
        List<LaneValue> fixed = first.unchanging().limit(first.registers.spare()).toList();
        MachineLoopWriter second = new MachineLoopWriter(shape, program, fixed, vectorBytes);
        second.run(first.registers.stackBytes());
        return second.written();
    }

    private static Stream<LaneValue> inputs(LaneProgram program) {
        return program.line.stream().flatMap(result -> result.inputs().stream());
    }

    /** Inputs that are the same for all vectors, the most wanted first. */
    private Stream<LaneValue> unchanging() {
        Map<LaneValue, Long> uses = inputs(program).filter(value -> switch (value) {
            case LaneValue.Constant _ -> true;
            case LaneValue.Operand(int operand) -> !walks(operand);
            case LaneValue.Result _ -> false;
        }).collect(groupingBy(Function.identity(), LinkedHashMap::new, counting()));
        return uses.entrySet().stream().sorted(Map.Entry.<LaneValue, Long>comparingByValue().reversed()).map(Map.Entry::getKey);
    }

    private boolean walks(int operand) {
        return shape.operands().get(operand) == LoopShape.Operand.WALKS;
    }

    private Written written() {
        int entry = constants.size() * code.vectorBytes();
        ByteBuffer all = ByteBuffer.allocate(entry + code.code().length).order(ByteOrder.LITTLE_ENDIAN);
        constants.forEach(constant -> {
            for (int lane = 0; lane < code.vectorBytes() / Float.BYTES; lane++) {
                all.putInt(constant.bits());
            }
        });
        return new Written(all.put(code.code()).array(), entry);
    }

    private void run(int stackBytes) {
        SAVED.forEach(code::push);
        code.lea(RSP, RSP.at(-stackBytes));
        code.leaBefore(CONSTANTS, constants.size() * code.vectorBytes());
        code.mov(COUNT, RSI);
        code.and(OFFSET, 0);
        int addresses = shape.operands().size() + shape.results().size();
        for (int i = 0; i < Math.min(addresses, NEAR.size()); i++) {
            code.mov(NEAR.get(i), ADDRESSES.at(Long.BYTES * i));
        }
        fixed.forEach(value -> code.vector(Avx.VMOVUPS, registers.of(value), 0, place(value)));
        code.repeatUntilZero(() -> {
            step();
            code.lea(OFFSET, OFFSET.at(code.vectorBytes()));
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
            LaneValue.Result result = program.line.get(number);
            int to = switch (result) {
                case LaneValue.Computed computed -> compute(computed);
                case LaneValue.Chosen chosen -> choose(chosen);
            };
            registers.hold(to, result);
            registers.done();
        }
        for (int i = 0; i < program.results.size(); i++) {
            int result = register(program.results.get(i));
            code.store(place(shape.operands().size() + i, true), result);
            registers.done();
        }
    }

    /** Writes an instruction; gives the register of its result. */
    private int compute(LaneValue.Computed result) {
        List<LaneValue> inputs = result.inputs();
        return switch (result.instruction) {
            case VSQRTPS, VCVTDQ2PS, VCVTTPS2DQ -> {
                Source x = source(inputs.getFirst());
                yield written(result, to -> vector(result.instruction, to, 0, x));
            }
            case VPSLLD, VPSRLD, VPSRAD -> {
                int x = register(inputs.getFirst());
                yield written(result, to -> code.shift(result.instruction, to, x, result.immediate));
            }
            case VFMADD231PS -> multiplyAndAdd(result);
            case VADDPS, VMULPS, VANDPS, VORPS, VXORPS, VPADDD, VPAND, VPXOR -> {
                boolean swap = registers.of(inputs.get(0)) < 0 && registers.of(inputs.get(1)) >= 0;
                yield binary(result, inputs.get(swap ? 1 : 0), inputs.get(swap ? 0 : 1));
            }
            case VSUBPS, VDIVPS, VMINPS, VMAXPS, VPSUBD -> binary(result, inputs.get(0), inputs.get(1));
            case VMOVUPS, VBROADCASTSS, VFMADD213PS, VCMPPS, VPCMPGTD, VPCMPEQD, VBLENDVPS, VBLENDMPS ->
                throw new IllegalArgumentException(result.instruction + " in a line");
        };
    }

    private interface Instruction {
        void to(int register);
    }

    private int written(LaneValue.Result result, Instruction instruction) {
        registers.consume(result.inputs(), number);
        registers.done();
        int to = registers.allocate();
        instruction.to(to);
        return to;
    }

    private int binary(LaneValue.Computed result, LaneValue x, LaneValue y) {
        int first = register(x);
        Source second = source(y);
        return written(result, to -> vector(result.instruction, to, first, second));
    }

    /** Compares, and takes one or the other. AVX2 has masks in vector registers, where choosing 0 is an AND. */
    private int choose(LaneValue.Chosen result) {
        LaneValue.Condition condition = result.condition;
        int x = register(condition.x());
        Source y = source(condition.y());
        int mask = code.hasMasks() ? MASK : registers.allocate();
        vector(condition.compare(), mask, x, y);
        if (condition.compare() == Avx.VCMPPS) {
            code.immediate(condition.how());
        }
        boolean orZero = result.no.equals(LaneValue.ZERO);
        int no = orZero ? 0 : register(result.no);
        Source yes = source(result.yes);
        return written(result, to -> {
            if (code.hasMasks()) {
                code.masked(mask, orZero, () -> vector(orZero ? Avx.VMOVUPS : Avx.VBLENDMPS, to, no, yes));
            } else if (orZero) {
                vector(Avx.VANDPS, to, mask, yes);
            } else {
                vector(Avx.VBLENDVPS, to, no, yes);
                code.immediate(mask << 4);
            }
        });
    }

    /** x y + sum, in the place of one of the three that nobody else needs; if there is none, of a copy of the sum. */
    private int multiplyAndAdd(LaneValue.Computed result) {
        LaneValue x = result.inputs().get(0), y = result.inputs().get(1), sum = result.inputs().get(2);
        boolean ofX = registers.isOverwritable(x, number), ofY = registers.isOverwritable(y, number);
        int to;
        if ((ofX || ofY) && !registers.isOverwritable(sum, number)) {
            to = register(ofX ? x : y);
            int other = register(ofX ? y : x);
            vector(Avx.VFMADD213PS, to, other, source(sum));
        } else {
            to = registers.isOverwritable(sum, number) ? register(sum) : copy(sum);
            boolean swap = registers.of(x) < 0;
            int factor = register(swap ? y : x);
            vector(Avx.VFMADD231PS, to, factor, source(swap ? x : y));
        }
        registers.consume(result.inputs(), number);
        return to;
    }

    private int copy(LaneValue value) {
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
    private int register(LaneValue value) {
        int register = registers.of(value);
        if (register >= 0) {
            return registers.take(register);
        }
        int loaded = registers.allocate();
        code.vector(Avx.VMOVUPS, loaded, 0, place(value));
        if (value instanceof LaneValue.Result result) {
            registers.hold(loaded, result);
        }
        return loaded;
    }

    /** A value's register, or its place in memory. */
    private Source source(LaneValue value) {
        int register = registers.of(value);
        return register >= 0 ? new Source.Vector(registers.take(register)) : new Source.Memory(place(value));
    }

    private Place place(LaneValue value) {
        return switch (value) {
            case LaneValue.Constant constant -> CONSTANTS.at(constants.indexOf(constant) * code.vectorBytes());
            case LaneValue.Operand(int operand) -> place(operand, walks(operand));
            case LaneValue.Result result -> registers.saved(result);
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
