package dev.joule.autodiff.optim;

import static dev.joule.autodiff.Constants.variable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Substitute;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Op;
import dev.joule.autodiff.Origin;

/**
 * Exponential moving averages of parameters: a ← a + (1 - decay) (θ - a). They begin at the values that the parameters have when a program
 * first needs the averages.
 */
public final class Ema {
    private final double decay;
    private final Map<Expr, Expr> averages = new LinkedHashMap<>();

    public Ema(double decay, List<Expr> parameters) {
        if (!(decay >= 0 && decay < 1)) {
            throw new IllegalArgumentException("ema: decay " + decay + " is not in [0, 1)");
        }
        this.decay = decay;
        parameters.forEach(theta -> {
            if (!(theta.op() instanceof Op.Variable)) {
                throw Origin.error("ema: " + theta + " is not a variable");
            }
            averages.put(theta, variable("ema." + Names.of(theta), theta));
        });
    }

    /** The given updates, and those by which the averages follow the parameters' new values: of one parameter at least. */
    public List<Update> follow(List<Update> steps) {
        if (steps.stream().noneMatch(step -> averages.containsKey(step.variable()))) {
            throw Origin.error("ema: none of the " + steps.size() + " updates is one of its " + averages.size() + " parameters'");
        }
        List<Update> all = new ArrayList<>(steps);
        for (Update step : steps) {
            Expr average = averages.get(step.variable());
            if (average != null) {
                all.add(new Update(average, average.add(step.value().sub(average).mul(1 - decay))));
            }
        }
        return all;
    }

    /** An expression with each parameter replaced by its average. */
    public Expr average(Expr expr) {
        return Substitute.in(expr, averages);
    }

    /** The average of each parameter. */
    public Map<Expr, Expr> averages() {
        return Map.copyOf(averages);
    }
}
