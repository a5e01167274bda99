package dev.joule.core.plan;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** One step of a plan. The steps run in order, each as if the one before it had ended. */
public sealed interface Step permits LoopStep, MatMulStep, ScatterStep {
    /** The expression that it came from, for people: operation and source line. */
    String origin();

    /** About how much there is to do, in multiplications and additions. */
    default double work() {
        return switch (this) {
            case LoopStep loop ->
                (double) loop.body().size() * Arrays.stream(loop.domain()).asLongStream().reduce(1, (a, b) -> a * b);
            case MatMulStep mul -> mul.flop() / 2;
            case ScatterStep scatter -> (double) scatter.count() * scatter.width();
        };
    }

    /** The slots that it reads. */
    default Set<Integer> reads() {
        return switch (this) {
            case LoopStep loop -> {
                Set<Integer> slots = new LinkedHashSet<>();
                for (Instr instr : loop.body()) {
                    if (instr instanceof Instr.Load(_, View view)) {
                        slots.add(view.slot());
                    } else if (instr instanceof Instr.Gather gather) {
                        slots.add(gather.view().slot());
                    }
                }
                yield slots;
            }
            case MatMulStep mul -> new LinkedHashSet<>(List.of(mul.a().slot(), mul.b().slot()));
            case ScatterStep scatter -> {
                Set<Integer> slots = new LinkedHashSet<>(List.of(scatter.index().slot(), scatter.source().slot()));
                scatter.base().ifPresent(base -> slots.add(base.slot()));
                yield slots;
            }
        };
    }
}
