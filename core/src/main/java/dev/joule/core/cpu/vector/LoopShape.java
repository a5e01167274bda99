package dev.joule.core.cpu.vector;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a loop over vectors of float32 computes, as a list of functions: a straight line of code. Its values have numbers: first
 * the operands, then the functions' results.
 *
 * @param operands where each is found
 * @param calls    in order; each takes values with smaller numbers than its own
 * @param results  the values that are written to memory
 */
public record LoopShape(List<Operand> operands, List<Call> calls, List<Integer> results) {
    /** An operand is read vector by vector; or once, being the same everywhere; or as a mask says when the loop runs. */
    public enum Operand {
        WALKS, STAYS, EITHER
    }

    /** A method of {@link FloatArithmetic}, {@link FloatFunctions} or {@link FloatDraws}, and the values that it is given. */
    public record Call(String function, List<Integer> values) {
    }

    /** How many vector operations it comes to, loads and stores among them. */
    public int length() {
        return operands.size() + calls.stream().mapToInt(call -> VectorCode.calls(call.function())).sum() + results.size();
    }

    /** A loop of one function, for all kinds of operands. */
    static LoopShape of(String function) {
        int arity = VectorCode.arity(function);
        Call call = new Call(function, IntStream.range(0, arity).boxed().toList());
        return new LoopShape(Collections.nCopies(arity, Operand.EITHER), List.of(call), List.of(arity));
    }
}
