package dev.joule.core.cpu.vector;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.joule.core.cpu.machine.Assembler;
import dev.joule.core.cpu.machine.Avx;
import dev.joule.core.cpu.machine.Register;
import dev.joule.core.cpu.machine.Register.Place;
import dev.joule.core.cpu.vector.LaneProgram.Value;

/**
 * Which vector registers hold which results while a {@link LaneProgram} is written. When none is free, the one whose result is needed last is
 * saved on the stack (Belady).
 */
final class LaneRegisters {
    private static final int COUNT = 16, VECTOR_BYTES = MachineLoopWriter.VECTOR_BYTES;

    private final Assembler code;
    private final Value.Result[] held = new Value.Result[COUNT];
    private final boolean[] taken = new boolean[COUNT];   // by the instruction that is being written
    private final Map<Value.Result, Deque<Integer>> uses = new HashMap<>();   // to come, by the numbers of instructions
    private final Map<Value.Result, Integer> saved = new HashMap<>();         // by their places on the stack

    LaneRegisters(LaneProgram program, Assembler code) {
        this.code = code;
        for (int i = 0; i < program.line.size(); i++) {
            uses.put(program.line.get(i), new ArrayDeque<>());
            use(program.line.get(i).inputs, i);
        }
        use(program.results, program.line.size());
    }

    private void use(List<Value> values, int instruction) {
        for (Value value : values) {
            if (value instanceof Value.Result result) {
                uses.get(result).add(instruction);
            }
        }
    }

    /** How many bytes of the stack have been needed. */
    int stackBytes() {
        return saved.size() * VECTOR_BYTES;
    }

    /** The register that has a value, or -1. */
    int of(Value value) {
        for (int register = 0; register < COUNT; register++) {
            if (held[register] == value) {
                return register;
            }
        }
        return -1;
    }

    /** Where a result has been saved. */
    Place saved(Value.Result result) {
        return Register.RSP.at(saved.get(result) * VECTOR_BYTES);
    }

    /** Keeps a register as it is until the instruction is {@linkplain #done done}. */
    int take(int register) {
        taken[register] = true;
        return register;
    }

    /** Says that instruction {@code number} has what it needs of its inputs: registers of those that nobody else needs are free. */
    void consume(List<Value> inputs, int number) {
        for (Value value : inputs) {
            if (value instanceof Value.Result result) {
                Deque<Integer> left = uses.get(result);
                while (!left.isEmpty() && left.peek() <= number) {
                    left.remove();
                }
            }
        }
    }

    /** Whether nobody needs a value after instruction {@code number}. */
    boolean isLast(Value value, int number) {
        return !(value instanceof Value.Result result) || uses.get(result).peekLast() <= number;
    }

    private boolean isFree(int register) {
        return held[register] == null || uses.get(held[register]).isEmpty();
    }

    /** A register to write to, of which nobody needs what it has; not one of those that are taken. */
    int allocate() {
        int last = -1, lastUse = -1;
        for (int register = 0; register < COUNT; register++) {
            if (taken[register]) {
                continue;
            }
            if (isFree(register)) {
                held[register] = null;
                return take(register);
            }
            int use = uses.get(held[register]).peek();
            if (use > lastUse) {
                last = register;
                lastUse = use;
            }
        }
        if (!saved.containsKey(held[last])) {
            saved.put(held[last], saved.size());
            code.store(saved(held[last]), last);
        }
        held[last] = null;
        return take(last);
    }

    /** Says what a register has from now on. */
    void hold(int register, Value value) {
        held[register] = value instanceof Value.Result result ? result : null;
    }

    void done() {
        Arrays.fill(taken, false);
    }
}
