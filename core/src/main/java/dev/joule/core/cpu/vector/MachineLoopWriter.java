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
 * quick, and then takes one vector after the other: the processor sees too few instructions ahead to keep busy with chains as long as these.
 */
final class MachineLoopWriter {
    private static final Register ADDRESSES = RDI, OFFSET = RSI, FAR = RAX, COUNT = R14, CONSTANTS = R15;
    private static final List<Register> NEAR = List.of(RCX, RDX, R8, R9, R10, R11, RBX, RBP, R12, R13);
    private static final List<Register> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);   // a caller wants them back as they were
    /**
     * Registers for each of the vectors that are computed together, and results of it that may be on the stack. So there are eight with
     * AVX-512, whose cores may begin two multiplications a cycle, each of which takes four.
     */
    private static final int FEWEST_REGISTERS = 4, MOST_SAVED = 2;

    private final LoopShape shape;
    private final LaneProgram program, all;
    private final int together;
    private final List<LaneValue> fixed;
    private final List<LaneValue.Constant> constants;
    private final Assembler code;
    private final LaneWriter one, several;

    /**
     * @param program  what is done for one vector
     * @param all      what is done for {@code together} at once, as long as there are so many: a power of 2
     * @param fixed    what is loaded into registers before the first vector
     */
    private MachineLoopWriter(LoopShape shape, LaneProgram program, LaneProgram all, int together, List<LaneValue> fixed,
            int vectorBytes) {
        this.shape = shape;
        this.program = program;
        this.all = all;
        this.together = together;
        this.fixed = fixed;
        this.constants = program.inputs().filter(LaneValue.Constant.class::isInstance).map(LaneValue.Constant.class::cast)
                .distinct().toList();
        this.code = new Assembler(vectorBytes);
        this.one = new LaneWriter(program, 1, fixed, code, this::place);
        this.several = together == 1 ? one : new LaneWriter(all, together, fixed, code, this::place);
    }

    /** A function, and what lies right before it. */
    record Written(byte[] constants, byte[] function) {
    }

    /**
     * As many vectors together as have registers for nearly all of their results. What these leave is for what does not change.
     *
     * @param shape has no operand of either kind
     */
    static Written write(LoopShape shape, int vectorBytes) {
        LaneProgram one = LaneProgram.of(shape, 1);
        int together = new Assembler(vectorBytes).vectorRegisters() / FEWEST_REGISTERS;
        MachineLoopWriter writer = trial(shape, one, together, vectorBytes);
        while (together > 1 && writer.stackBytes() > MOST_SAVED * together * vectorBytes) {
            together /= 2;
            writer = trial(shape, one, together, vectorBytes);
        }
        List<LaneValue> fixed = writer.unchanging().limit(writer.several.registers().spare()).toList();
        int stackBytes;
        do {   // once, as a rule: what is fixed was spare
            stackBytes = writer.stackBytes();
            writer = new MachineLoopWriter(shape, one, writer.all, together, fixed, vectorBytes);
            writer.run(stackBytes);
        } while (writer.stackBytes() > stackBytes);
        return writer.written();
    }

    /** Shows how many registers the line needs. */
    private static MachineLoopWriter trial(LoopShape shape, LaneProgram one, int together, int vectorBytes) {
        MachineLoopWriter trial = new MachineLoopWriter(shape, one, LaneProgram.of(shape, together), together, List.of(),
                vectorBytes);
        trial.run(0);
        return trial;
    }

    private int stackBytes() {
        return Math.max(one.registers().stackBytes(), several.registers().stackBytes());
    }

    /** Inputs that are the same for all vectors, the most wanted first. */
    private Stream<LaneValue> unchanging() {
        Map<LaneValue, Long> uses = program.inputs().filter(value -> switch (value) {
            case LaneValue.Constant _ -> true;
            case LaneValue.Operand(int operand, _) -> !walks(operand);
            case LaneValue.Result _ -> false;
        }).collect(groupingBy(Function.identity(), LinkedHashMap::new, counting()));
        return uses.entrySet().stream().sorted(Map.Entry.<LaneValue, Long>comparingByValue().reversed()).map(Map.Entry::getKey);
    }

    private boolean walks(int operand) {
        return shape.operands().get(operand) == LoopShape.Operand.WALKS;
    }

    private Written written() {
        ByteBuffer vectors = ByteBuffer.allocate(constants.size() * code.vectorBytes()).order(ByteOrder.LITTLE_ENDIAN);
        constants.forEach(constant -> {
            for (int lane = 0; lane < code.vectorBytes() / Float.BYTES; lane++) {
                vectors.putInt(constant.bits());
            }
        });
        return new Written(vectors.array(), code.code());
    }

    private void run(int stackBytes) {
        SAVED.forEach(code::push);
        code.push(RSI);
        code.lea(RSP, RSP.at(-stackBytes));
        Place vectors = RSP.at(stackBytes);
        code.leaBefore(CONSTANTS, constants.size() * code.vectorBytes());
        code.and(OFFSET, 0);
        int addresses = shape.operands().size() + shape.results().size();
        for (int i = 0; i < Math.min(addresses, NEAR.size()); i++) {
            code.mov(NEAR.get(i), ADDRESSES.at(Long.BYTES * i));
        }
        fixed.forEach(value -> code.vector(Avx.VMOVUPS, one.registers().of(value), 0, place(value)));
        code.mov(COUNT, vectors);
        if (together == 1) {
            loop(one, 1);
        } else {
            code.shr(COUNT, Integer.numberOfTrailingZeros(together));
            code.unlessZero(() -> loop(several, together));
            code.mov(COUNT, vectors);
            code.and(COUNT, together - 1);
            code.unlessZero(() -> loop(one, 1));
        }
        code.lea(RSP, RSP.at(stackBytes + Long.BYTES));
        SAVED.reversed().forEach(code::pop);
        code.vzeroupper();
        code.ret();
    }

    private void loop(LaneWriter body, int vectors) {
        int results = shape.results().size();
        code.repeatUntilZero(() -> {
            body.write(i -> place(shape.operands().size() + i % results, true, i / results));
            code.lea(OFFSET, OFFSET.at(vectors * code.vectorBytes()));
            code.dec(COUNT);
        });
    }

    private Place place(LaneValue value) {
        return switch (value) {
            case LaneValue.Constant constant -> CONSTANTS.at(constants.indexOf(constant) * code.vectorBytes());
            case LaneValue.Operand(int operand, int vector) -> place(operand, walks(operand), vector);
            case LaneValue.Result _ -> throw new IllegalArgumentException("a result has no place in memory");
        };
    }

    /** Where the operand or result of a number is. */
    private Place place(int address, boolean walks, int vector) {
        Register base = FAR;
        if (address < NEAR.size()) {
            base = NEAR.get(address);
        } else {
            code.mov(FAR, ADDRESSES.at(Long.BYTES * address));
        }
        return walks ? base.at(OFFSET, 1, vector * code.vectorBytes()) : base.at(0);
    }
}
