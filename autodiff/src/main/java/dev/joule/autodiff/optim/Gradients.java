package dev.joule.autodiff.optim;

import java.util.List;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Origin;

/** What every optimiser wants of the gradients that it is given. */
final class Gradients {
    private Gradients() {
    }

    /** One for each parameter, of its shape. */
    static void require(String optimiser, List<Expr> parameters, List<Expr> gradients) {
        if (parameters.size() != gradients.size()) {
            throw Origin.error(optimiser + ": " + gradients.size() + " gradients for " + parameters.size() + " parameters");
        }
        for (int i = 0; i < parameters.size(); i++) {
            if (!parameters.get(i).shape().equals(gradients.get(i).shape())) {
                throw Origin.error(optimiser + ": the gradient of " + Names.of(parameters.get(i)) + " "
                        + parameters.get(i).shape() + " has shape " + gradients.get(i).shape());
            }
        }
    }
}
