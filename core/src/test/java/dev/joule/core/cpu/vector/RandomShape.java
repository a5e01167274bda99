package dev.joule.core.cpu.vector;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Straight lines of functions. */
public final class RandomShape {
    public static final List<String> FUNCTIONS = List.of("neg", "abs", "sign", "reciprocal", "sqrt", "rsqrt", "floor", "exp",
            "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "saturation", "erf", "add", "sub", "mul", "div", "min", "max",
            "less", "lessEqual", "equal", "notEqual", "select");

    private RandomShape() {
    }

    /** @param near how many values back a function may look for what it takes */
    public static LoopShape of(Random random, int mostOperands, int mostCalls, int near) {
        List<LoopShape.Operand> operands = random.ints(1 + random.nextInt(mostOperands), 0, 3)
                .mapToObj(i -> i == 0 ? LoopShape.Operand.STAYS : LoopShape.Operand.WALKS).toList();
        List<LoopShape.Call> calls = new ArrayList<>();
        List<Integer> results = new ArrayList<>();
        for (int c = 1 + random.nextInt(mostCalls); c > 0; c--) {
            String function = FUNCTIONS.get(random.nextInt(FUNCTIONS.size()));
            int known = operands.size() + calls.size();
            calls.add(new LoopShape.Call(function,
                    random.ints(VectorCode.arity(function), Math.max(0, known - near), known).boxed().toList()));
            if (c == 1 || random.nextInt(3) == 0) {
                results.add(known);
            }
        }
        return new LoopShape(operands, calls, results);
    }
}
