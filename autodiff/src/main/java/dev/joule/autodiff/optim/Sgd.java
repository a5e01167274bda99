package dev.joule.autodiff.optim;

import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Constants.zeros;
import static dev.joule.core.DType.FLOAT64;

import java.util.ArrayList;
import java.util.List;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Update;

/** Gradient descent with momentum: v ← μ v + g, θ ← θ - η v. */
public record Sgd(Schedule rate, double momentum) implements Optimiser {
    public Sgd {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("sgd: momentum " + momentum + " is not in [0, 1)");
        }
    }

    public static Sgd of(double rate) {
        return of(Schedule.constantly(rate));
    }

    public static Sgd of(Schedule rate) {
        return new Sgd(rate, 0);
    }

    @Override
    public List<Update> updates(List<Expr> parameters, List<Expr> gradients) {
        Gradients.require("sgd", parameters, gradients);
        List<Update> updates = new ArrayList<>();
        Expr step = variable("sgd.step", constant(FLOAT64, 0));
        Expr eta = rate.at(step);
        updates.add(new Update(step, step.add(1)));
        for (int i = 0; i < parameters.size(); i++) {
            Expr theta = parameters.get(i), velocity = gradients.get(i);
            if (momentum > 0) {
                Expr v = variable("sgd.velocity." + Names.of(theta), zeros(theta.shape()).cast(theta.dtype()));
                velocity = v.mul(momentum).add(velocity);
                updates.add(new Update(v, velocity));
            }
            updates.add(new Update(theta, theta.sub(velocity.mul(eta.cast(theta.dtype())))));
        }
        return updates;
    }
}
