package dev.joule.autodiff.planner;

import java.util.List;
import java.util.function.IntUnaryOperator;

import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.ScatterAddStep;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;

/** Gives the slots of a step their final numbers. */
record Relabel(IntUnaryOperator slots) {

    Step step(Step step) {
        return switch (step) {
            case LoopStep(var domain, var from, var to, var body, var stores, var reductions, var origin) ->
                new LoopStep(domain, from, to,
                        body.stream().map(this::instr).toList(),
                        stores.stream().map(store -> new LoopStep.Store(store.register(), view(store.view()))).toList(),
                        reductions.stream().map(r -> new LoopStep.Reduction(r.register(), r.reducer(), view(r.view()))).toList(),
                        origin);
            case MatMulStep(var batch, var m, var n, var k, var a, var b, var c, var accumulate, var origin) ->
                new MatMulStep(batch, m, n, k,
                        view(a), view(b), view(c), accumulate, origin);
            case ScatterAddStep(var count, var width, var rows, var index, var source, var target, var origin) ->
                new ScatterAddStep(count, width, rows,
                        view(index), view(source), view(target), origin);
        };
    }

    List<Step> steps(List<Step> steps) {
        return steps.stream().map(this::step).toList();
    }

    private Instr instr(Instr instr) {
        return switch (instr) {
            case Instr.Load(var dtype, var view) -> new Instr.Load(dtype, view(view));
            case Instr.Gather(var dtype, var view, var rowStride, var rows, var a) ->
                new Instr.Gather(dtype, view(view), rowStride, rows, a);
            case Instr.Const _, Instr.Index _, Instr.Random _, Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> instr;
        };
    }

    private View view(View view) {
        return new View(slots.applyAsInt(view.slot()), view.offset(), view.strides());
    }
}
