package dev.joule.core.cpu.vector;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The loops of a process: each is written once. */
public final class FloatLoops {
    private static final Map<LoopShape, FloatLoop> LOOPS = new ConcurrentHashMap<>();

    private FloatLoops() {
    }

    public static FloatLoop of(LoopShape shape) {
        return LOOPS.computeIfAbsent(shape,
                _ -> MachineLoop.isPossible(shape) ? new MachineLoop(shape) : LoopWriter.write(shape));
    }

    /** Whether a loop does not wait for the JIT compiler. */
    public static boolean isQuickAtOnce(LoopShape shape) {
        return MachineLoop.isPossible(shape);
    }

    /** The loop of one function. */
    public static FloatLoop of(String function) {
        return of(LoopShape.of(function));
    }
}
