package dev.joule.core.cpu.vector;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

import dev.joule.core.cpu.machine.Assembler;
import dev.joule.core.cpu.machine.Avx;
import dev.joule.core.cpu.machine.Register.Place;

/** Writes the instructions of a {@link LaneProgram}. */
final class LaneWriter {
    private static final int MASK = 1;   // the register for masks, where there are such

    private final LaneProgram program;
    private final Assembler code;
    private final LaneRegisters registers;
    private final Function<LaneValue, Place> memory;
    private int number;   // of the instruction

    /**
     * @param vectors how many are computed together
     * @param fixed   what is in registers already, and stays there
     * @param memory  where operands and constants are
     */
    LaneWriter(LaneProgram program, int vectors, List<LaneValue> fixed, Assembler code, Function<LaneValue, Place> memory) {
        this.program = program;
        this.code = code;
        this.registers = new LaneRegisters(program, fixed, vectors, code);
        this.memory = memory;
    }

    LaneRegisters registers() {
        return registers;
    }

    /**
     * All operands are read before a result is written, which may be where an operand was.
     *
     * @param results where they are written, by their numbers
     */
    void write(IntFunction<Place> results) {
        for (number = 0; number < program.line().size(); number++) {
            LaneValue.Result result = program.line().get(number);
            int to = switch (result) {
                case LaneValue.Computed computed -> compute(computed);
                case LaneValue.Chosen chosen -> choose(chosen);
            };
            registers.hold(to, result);
            registers.done();
        }
        for (int i = 0; i < program.results().size(); i++) {
            int result = register(program.results().get(i));
            code.store(results.apply(i), result);
            registers.done();
        }
    }

    /** Where an instruction finds what it takes last. */
    private sealed interface Source {
        record Vector(int register) implements Source {
        }

        record Memory(Place place) implements Source {
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
            case VADDPS, VMULPS, VANDPS, VORPS, VXORPS, VPADDD, VPMULLD, VPAND, VPXOR -> {
                boolean swap = registers.of(inputs.get(0)) < 0 && registers.of(inputs.get(1)) >= 0;
                yield binary(result, inputs.get(swap ? 1 : 0), inputs.get(swap ? 0 : 1));
            }
            case VSUBPS, VDIVPS, VMINPS, VMAXPS, VPSUBD -> binary(result, inputs.get(0), inputs.get(1));
            case VMOVUPS, VBROADCASTSS, VFMADD213PS, VCMPPS, VPCMPGTD, VPCMPEQD, VBLENDVPS, VBLENDMPS, VPADDQ, VPMULUDQ, VPSLLQ,
                    VPSRLQ, VPBROADCASTQ ->
                throw new IllegalArgumentException(result.instruction + " in a line");
        };
    }

    private interface Instruction {
        void to(int register);
    }

    private int written(LaneValue.Result result, Instruction instruction) {
        registers.consume(result.inputs(), number);
        registers.done();
        int to = registers.allocate(number);
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
        int mask = code.hasMasks() ? MASK : registers.allocate(number);
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
        int copy = registers.allocate(number);
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
        int loaded = registers.allocate(number);
        code.vector(Avx.VMOVUPS, loaded, 0, place(value));
        registers.hold(loaded, value);
        return loaded;
    }

    /** A value's register, which it gets if that saves a load; or its place in memory. */
    private Source source(LaneValue value) {
        boolean wanted = registers.of(value) >= 0 || registers.isWantedNearby(value, number);
        return wanted ? new Source.Vector(register(value)) : new Source.Memory(place(value));
    }

    private Place place(LaneValue value) {
        return value instanceof LaneValue.Result result ? registers.saved(result) : memory.apply(value);
    }
}
