package dev.joule.autodiff.optim;

import static dev.joule.autodiff.Constants.zeros;

import java.util.List;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Gradient;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Origin;
import dev.joule.autodiff.Update;

/** Turns gradients into updates of parameters. Its state lives in variables that it makes itself, one set for each call. */
public interface Optimiser {
    /** @param gradients for each parameter an expression of its shape */
    List<Update> updates(List<Expr> parameters, List<Expr> gradients);

    /**
     * One step down the gradient of a loss of shape [].
     * @throws IllegalArgumentException if no parameter has a derivative, as where the loss depends on none of them
     */
    default List<Update> minimise(Expr loss, List<Expr> parameters) {
        List<Expr> gradients = Gradient.gradient(loss, parameters);
        if (gradients.stream().allMatch(gradient -> gradient.equals(zeros(gradient.shape()).cast(gradient.dtype())))) {
            throw Origin.error("minimise: the loss depends on none of the parameters "
                    + parameters.stream().map(Names::of).toList()
                    + "; are they another network's, or is what is made of them detached?");
        }
        return updates(parameters, gradients);
    }
}
