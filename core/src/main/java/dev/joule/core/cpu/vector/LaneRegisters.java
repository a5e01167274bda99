package dev.joule.core.cpu.vector;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.joule.core.cpu.machine.Assembler;
import dev.joule.core.cpu.machine.Register;
import dev.joule.core.cpu.machine.Register.Place;

/**
 * Which vector registers hold which values while a {@link LaneProgram} is written. The last ones have what is the same for all vectors. The
 * others have results; when none of them is free, the one whose result is needed last is saved on the stack (Belady). What is in memory
 * anyway stays in a register only if an instruction nearby wants it again.
 */
final class LaneRegisters {
    private final Assembler code;
    private final LaneValue[] held;
    private final Map<LaneValue, Integer> holders = new HashMap<>();
    private final boolean[] taken;   // by the instruction that is being written
    private final Map<LaneValue, Deque<Integer>> uses = new HashMap<>();    // to come, by the numbers of instructions
    private final Map<LaneValue.Result, Integer> saved = new HashMap<>();   // by their places on the stack
    private final int nearby;
    private final int forResults;
    private int touched;   // of those for results

    /**
     * @param fixed  what stays in registers, which the caller fills: less than there are
     * @param nearby how many instructions ahead that is
     */
    LaneRegisters(LaneProgram program, List<LaneValue> fixed, int nearby, Assembler code) {
        this.code = code;
        this.nearby = nearby;
        this.held = new LaneValue[code.vectorRegisters()];
        this.taken = new boolean[held.length];
        this.forResults = held.length - fixed.size();
        for (int i = 0; i < fixed.size(); i++) {
            hold(forResults + i, fixed.get(i));
        }
        for (int i = 0; i < program.line().size(); i++) {
            uses.put(program.line().get(i), new ArrayDeque<>());   // there may be none
            use(program.line().get(i).inputs(), i);
        }
        use(program.results(), program.line().size());
    }

    private void use(List<LaneValue> values, int instruction) {
        for (LaneValue value : values) {
            uses.computeIfAbsent(value, _ -> new ArrayDeque<>()).add(instruction);
        }
    }

    /** How many bytes of the stack have been needed. */
    int stackBytes() {
        return saved.size() * code.vectorBytes();
    }

    /** How many registers have not been needed. */
    int spare() {
        return forResults - touched;
    }

    /** The register that has a value, or -1. */
    int of(LaneValue value) {
        return holders.getOrDefault(value, -1);
    }

    /** Where a result has been saved. */
    Place saved(LaneValue.Result result) {
        return Register.RSP.at(saved.get(result) * code.vectorBytes());
    }

    /** Keeps a register as it is until the instruction is {@linkplain #done done}. */
    int take(int register) {
        taken[register] = true;
        return register;
    }

    /** Says that instruction {@code number} has what it needs of its inputs: registers of those that nobody else needs are free. */
    void consume(List<LaneValue> inputs, int number) {
        for (LaneValue value : inputs) {
            Deque<Integer> left = uses.get(value);
            while (!left.isEmpty() && left.peek() <= number) {
                left.remove();
            }
        }
    }

    /** Whether a value is in a register that may have another one after instruction {@code number}. */
    boolean isOverwritable(LaneValue value, int number) {
        return value instanceof LaneValue.Result result && of(value) >= 0 && uses.get(result).peekLast() <= number;
    }

    /** Whether another instruction near instruction {@code number} needs a value, too. */
    boolean isWantedNearby(LaneValue value, int number) {
        for (int use : uses.get(value)) {
            if (use > number) {
                return use <= number + nearby;
            }
        }
        return false;
    }

    private boolean isFree(int register, int number) {
        return switch (held[register]) {
            case null -> true;
            case LaneValue.Result result -> uses.get(result).isEmpty();
            case LaneValue.Constant constant -> !isWantedNearby(constant, number);
            case LaneValue.Operand operand -> !isWantedNearby(operand, number);
        };
    }

    /** A register for instruction {@code number} to write to, of which nobody needs what it has; not one of those that are taken. */
    int allocate(int number) {
        int last = -1, lastUse = -1;
        for (int register = 0; register < forResults; register++) {
            if (taken[register]) {
                continue;
            }
            touched = Math.max(touched, register + 1);
            if (isFree(register, number)) {
                hold(register, null);
                return take(register);
            }
            int use = uses.get(held[register]).peek();
            if (use > lastUse) {
                last = register;
                lastUse = use;
            }
        }
        if (held[last] instanceof LaneValue.Result result && !saved.containsKey(result)) {
            saved.put(result, saved.size());
            code.store(saved(result), last);
        }
        hold(last, null);
        return take(last);
    }

    /** Says what a register has from now on: nothing, if {@code value} is null. */
    void hold(int register, LaneValue value) {
        if (held[register] != null) {
            holders.remove(held[register], register);
        }
        held[register] = value;
        if (value != null) {
            holders.put(value, register);
        }
    }

    void done() {
        Arrays.fill(taken, false);
    }
}
