package dev.joule.core.plan;

import java.util.function.UnaryOperator;

/** Gives a step other views: of slots with other numbers, or where memory is laid out in another way. */
public record OtherViews(UnaryOperator<View> view) {

    public Step step(Step step) {
        return switch (step) {
            case LoopStep loop -> step(loop);
            case MatMulStep mul -> step(mul);
            case ScatterAddStep(var count, var width, var rows, var index, var source, var target, var origin) ->
                new ScatterAddStep(count, width, rows, view.apply(index), view.apply(source), view.apply(target), origin);
        };
    }

    public LoopStep step(LoopStep loop) {
        return new LoopStep(loop.domain(), loop.reduceFrom(), loop.reduceTo(),
                loop.body().stream().map(this::instr).toList(),
                loop.stores().stream().map(store -> new LoopStep.Store(store.register(), view.apply(store.view()))).toList(),
                loop.reductions().stream().map(r -> new LoopStep.Reduction(r.register(), r.reducer(), view.apply(r.view())))
                        .toList(),
                loop.origin());
    }

    public MatMulStep step(MatMulStep mul) {
        return new MatMulStep(mul.batch(), mul.m(), mul.n(), mul.k(), view.apply(mul.a()), view.apply(mul.b()),
                view.apply(mul.c()),
                mul.accumulate(), mul.origin());
    }

    private Instr instr(Instr instr) {
        return switch (instr) {
            case Instr.Load(var dtype, var from) -> new Instr.Load(dtype, view.apply(from));
            case Instr.Gather(var dtype, var from, var rowStride, var rows, var a) ->
                new Instr.Gather(dtype, view.apply(from), rowStride, rows, a);
            case Instr.Const _, Instr.Index _, Instr.Random _, Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> instr;
        };
    }
}
