package dev.joule.core.cuda.schedule;

import java.util.List;

import dev.joule.core.cuda.text.Body;
import dev.joule.core.cuda.text.LoopText;
import dev.joule.core.cuda.text.ScatterText;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Step;

/**
 * A piece of work that is launched as it is, or together with others.
 *
 * @param touching steps that touch all memory that it does, and no other
 */
record Part(Work work, List<Step> touching) {
    private Part(Body body, Step touching) {
        this(new Work.Kernel(List.of(body)), List.of(touching));
    }

    /** What a step is made of, in an order in which it can be done. */
    static List<Part> of(Plan plan, Step step, int number) {
        return switch (step) {
            case LoopStep loop -> loop(plan, loop, number);
            case MatMulStep mul when mul.flop() == 0 -> loop(plan, emptySum(plan, mul), number);
            case MatMulStep mul -> List.of(new Part(new Work.Product(number, Gemm.of(plan, mul)), List.of(mul)));
            case ScatterStep scatter when (long) scatter.rows() * scatter.width() == 0 -> List.of();
            case ScatterStep scatter -> List.of(new Part(ScatterText.of(plan, scatter, number), scatter));
        };
    }

    /** Who wants what a loop stores need not wait until the totals of its blocks, in scratch memory, have been combined. */
    private static List<Part> loop(Plan plan, LoopStep loop, int number) {
        List<Body> bodies = LoopText.of(plan, loop, number);
        if (bodies.size() < 2) {
            return bodies.stream().map(body -> new Part(body, loop)).toList();
        }
        LoopStep stores = new LoopStep(loop.domain(), loop.reduceFrom(), loop.reduceTo(), loop.body(), loop.stores(), List.of(),
                loop.origin());
        LoopStep totals = new LoopStep(loop.domain(), loop.reduceFrom(), loop.reduceTo(), List.of(), List.of(), loop.reductions(),
                loop.origin());
        return List.of(new Part(bodies.getFirst(), stores), new Part(bodies.getLast(), totals));
    }

    /** A product over no depth is zero, or adds nothing. */
    private static LoopStep emptySum(Plan plan, MatMulStep mul) {
        int[] domain = mul.cDomain();
        List<LoopStep.Store> stores = mul.accumulate() ? List.of() : List.of(new LoopStep.Store(0, mul.c()));
        return new LoopStep(domain, domain.length, domain.length, List.of(new Instr.Const(plan.slot(mul.c()).dtype(), 0)), stores,
                List.of(), mul.origin());
    }

    /** Memory that the step of this part needs for itself. */
    long scratchBytes() {
        return work instanceof Work.Kernel(List<Body> bodies) ? bodies.getFirst().scratchBytes() : 0;
    }
}
