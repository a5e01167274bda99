package dev.joule.core.plan;

import java.util.function.UnaryOperator;

/**
 * Gives a step other views: of slots with other numbers, where memory is laid out in another way, or over other axes.
 *
 * @param view  for what lies in memory
 * @param place for what numbers elements by their place: see {@link Instr.Index} and {@link Instr.Random}
 */
public record OtherViews(UnaryOperator<View> view, UnaryOperator<View> place) {
    /** Elements keep their numbers. */
    public OtherViews(UnaryOperator<View> view) {
        this(view, UnaryOperator.identity());
    }

    public Step step(Step step) {
        return switch (step) {
            case LoopStep loop -> step(loop);
            case MatMulStep mul -> step(mul);
            case ScatterStep(var count, var width, var rows, var index, var source, var base, var target, var origin) ->
                new ScatterStep(count, width, rows, view.apply(index), view.apply(source), base.map(view), view.apply(target),
                        origin);
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
        return mul.with(view.apply(mul.a()), view.apply(mul.b()), view.apply(mul.c()));
    }

    private Instr instr(Instr instr) {
        return switch (instr) {
            case Instr.Load(var dtype, var from) -> new Instr.Load(dtype, view.apply(from));
            case Instr.Gather(var dtype, var from, var rowStride, var rows, var a) ->
                new Instr.Gather(dtype, view.apply(from), rowStride, rows, a);
            case Instr.Index(var dtype, var at) -> new Instr.Index(dtype, place.apply(at));
            case Instr.Random(var dtype, var draw, var stream, var at) -> new Instr.Random(dtype, draw, stream, place.apply(at));
            case Instr.Const _, Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> instr;
        };
    }
}
