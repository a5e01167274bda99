package dev.joule.autodiff.planner;

import java.util.List;
import java.util.Map;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Update;
import dev.joule.core.plan.Plan;

/**
 * A plan, and what its external tensors are.
 *
 * @param externals by number: a variable, an array from the host, or an output
 * @param outputs for each output expression the number of the tensor that it is written to
 * @param updates what variables become
 * @param rewrites how often each rewrite rule was applied
 * @param passes what each pass of the planner did, as text
 */
public record Planned(Plan plan, List<Expr> externals, Map<Expr, Integer> outputs, List<Update> updates,
        Map<String, Integer> rewrites, Map<Pass, String> passes) {

    /** The same with a step for each expression. */
    public Planned unfused() {
        return Planner.plan(List.copyOf(outputs.keySet()), updates, Pass.NONE);
    }
}
