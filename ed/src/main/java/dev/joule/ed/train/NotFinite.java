package dev.joule.ed.train;

import java.util.Optional;

import dev.joule.autodiff.Program.Fault;

/**
 * A loss, or a variable, became NaN or infinite. The variables have the values of the trainer's last copy of them, which it makes every 1,000 steps; or those of
 * the failure, where the way there does not repeat.
 */
public final class NotFinite extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long step;
    private final long saved;

    /** @param variable the name of one that is not finite after the step, if there is one */
    NotFinite(long step, long saved, double loss, Optional<String> variable, Fault fault) {
        super("%s; first in: %s; the state of step %d is kept".formatted(what(step, loss, variable), fault, saved));
        this.step = step;
        this.saved = saved;
    }

    private static String what(long step, double loss, Optional<String> variable) {
        return variable.filter(_ -> Double.isFinite(loss))
                .map(name -> "variable %s is not finite after step %d, whose loss is %s".formatted(name, step, loss))
                .orElse("the loss is %s at step %d".formatted(loss, step));
    }

    /** A failure whose cause could not be found. */
    NotFinite(long step, double loss, Optional<String> variable) {
        super(what(step, loss, variable)
                + ", or before that: the way there does not repeat from the last copy of the variables, as something that steps"
                + " read was changed from outside meanwhile; the variables are left as they are");
        this.step = step;
        this.saved = step;
    }

    /** The step whose loss, or after which a variable, was not finite. */
    public long step() {
        return step;
    }

    /** The step that the variables are of. */
    public long saved() {
        return saved;
    }
}
