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
 * Which vector registers hold which values while a {@link LaneProgram} is written. The last ones have what is the same for all vectors, the
 * others results; when none of these is free, the one whose result is needed last is saved on the stack (Belady).
 */
final class LaneRegisters {
    private final Assembler code;
    private final LaneValue[] held;
    private final boolean[] taken;   // by the instruction that is being written
    private final Map<LaneValue.Result, Deque<Integer>> uses = new HashMap<>();   // to come, by the numbers of instructions
    private final Map<LaneValue.Result, Integer> saved = new HashMap<>();         // by their places on the stack
    private final int forResults;
    private int touched;   // of those for results

    /** @param fixed what stays in registers, which the caller fills: less than there are */
    LaneRegisters(LaneProgram program, List<LaneValue> fixed, Assembler code) {
        this.code = code;
        this.held = new LaneValue[code.vectorRegisters()];
        this.taken = new boolean[held.length];
        this.forResults = held.length - fixed.size();
        for (int i = 0; i < fixed.size(); i++) {
            held[forResults + i] = fixed.get(i);
        }
        for (int i = 0; i < program.line().size(); i++) {
            uses.put(program.line().get(i), new ArrayDeque<>());
            use(program.line().get(i).inputs(), i);
        }
        use(program.results(), program.line().size());
    }

    private void use(List<LaneValue> values, int instruction) {
        for (LaneValue value : values) {
            if (value instanceof LaneValue.Result result) {
                uses.get(result).add(instruction);
            }
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
        return Arrays.asList(held).indexOf(value);
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
            if (value instanceof LaneValue.Result result) {
                Deque<Integer> left = uses.get(result);
                while (!left.isEmpty() && left.peek() <= number) {
                    left.remove();
                }
            }
        }
    }

    /** Whether a value is in a register that may have another one after instruction {@code number}. */
    boolean isOverwritable(LaneValue value, int number) {
        return value instanceof LaneValue.Result result && of(value) >= 0 && uses.get(result).peekLast() <= number;
    }

    private boolean isFree(int register) {
        return !(held[register] instanceof LaneValue.Result result) || uses.get(result).isEmpty();
    }

    /** A register to write to, of which nobody needs what it has; not one of those that are taken. */
    int allocate() {
        int last = -1, lastUse = -1;
        for (int register = 0; register < forResults; register++) {
            if (taken[register]) {
                continue;
            }
            touched = Math.max(touched, register + 1);
            if (isFree(register)) {
                held[register] = null;
                return take(register);
            }
            int use = uses.get((LaneValue.Result) held[register]).peek();
            if (use > lastUse) {
                last = register;
                lastUse = use;
            }
        }
        LaneValue.Result result = (LaneValue.Result) held[last];
        if (!saved.containsKey(result)) {
            saved.put(result, saved.size());
            code.store(saved(result), last);
        }
        held[last] = null;
        return take(last);
    }

    /** Says what a register has from now on. */
    void hold(int register, LaneValue.Result result) {
        held[register] = result;
    }

    void done() {
        Arrays.fill(taken, false);
    }
}
