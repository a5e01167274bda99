package dev.joule.core.cuda.text;

import java.util.List;

import dev.joule.core.Shape;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.Plan;

/** A loop as device functions: without reductions a thread has one element, or a few side by side; with them, see {@link ReductionText}. */
public final class LoopText {
    private LoopText() {
    }

    /** The functions of a loop, each to be called when the one before it has ended. There is none if the loop does nothing. */
    public static List<Body> of(Plan plan, LoopStep loop, int step) {
        return of(plan, loop, BlockRows.NONE, step);
    }

    /** The same for a block's own rows, of which each is kept, not reduced: one function, or none. */
    public static List<Body> of(Plan plan, LoopStep loop, BlockRows rows, int step) {
        Axes axes = Axes.of(rows.any() ? part(loop, rows) : loop);
        long places = axes.product(axes.which(false)), reduced = axes.product(axes.which(true));
        if (places == 0 || loop.reductions().isEmpty() && (reduced == 0 || loop.stores().isEmpty())) {
            return List.of();
        }
        boolean wide = plan.slots().stream().anyMatch(slot -> slot.count() > Integer.MAX_VALUE)
                || Shape.of(loop.domain()).count() > Integer.MAX_VALUE;
        Positions positions = new Positions(axes, loop.domain(), rows, wide);
        return loop.reductions().isEmpty() ? List.of(map(loop, step, positions, places))
                : new ReductionText(plan, loop, step, positions).functions();
    }

    private static LoopStep part(LoopStep loop, BlockRows rows) {
        int[] domain = loop.domain().clone();
        domain[rows.axis()] = rows.count();
        return new LoopStep(domain, loop.reduceFrom(), loop.reduceTo(), loop.body(), loop.stores(), loop.reductions(),
                loop.origin());
    }

    private static Body map(LoopStep loop, int step, Positions positions, long places) {
        Params params = new Params(positions.rows().any());
        int width = ElementText.width(loop, positions);
        while (positions.rows().any() && width > 1 && places / width < Body.THREADS) {
            width /= 2;   // a block of rows has its own threads only: better all of them than few with much to do
        }
        long units = places / width;
        String lines = "const %s unit = %s;\n".formatted(positions.type(), positions.thread())
                + "if (unit >= " + units + ") return;\n"
                + positions.indices("unit", positions.axes().which(false), width)
                + new ElementText(loop, positions, params, width, step).lines("");
        return params.function(step, loop.origin(), lines, Body.blocks(units), 0);
    }
}
