package dev.joule.ed.train;

import java.util.Optional;

import dev.joule.autodiff.Program.Fault;

/**
 * A loss, or a variable, became NaN or infinite. The variables have the values of the trainer's last copy of them, which it makes every 1,000
 * steps or less often; or those of the failure, where others have changed them since.
 */
public final class NotFinite extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long step;
    private final long saved;

    /** Where it happened. */
    static String found(Fault fault) {
        return "; first in: " + fault;
    }

    /** Where steps do not repeat, as something that they read was changed from outside: what the last one does with older variables. */
    static String inTheLast(Optional<Fault> fault, long saved) {
        return fault
                .map(found -> ", which read what was changed from outside; with the variables of step " + saved
                        + " it is first in: "
                        + found)
                .orElse(", or before that: the way there does not repeat, as something that steps read was changed from outside meanwhile");
    }

    static String unknown() {
        return ", or before that: the way there does not repeat from the last copy of the variables, as these, or something that steps read, "
                + "were changed from outside meanwhile";
    }

    /**
     * @param saved    the step of the variables
     * @param variable the name of one that is not finite after the step, if there is one
     * @param where    what is known of that
     */
    NotFinite(long step, long saved, double loss, Optional<String> variable, String where) {
        super(what(step, loss, variable) + where
                + (saved < step ? "; the state of step " + saved + " is kept" : "; the variables are left as they are"));
        this.step = step;
        this.saved = saved;
    }

    private static String what(long step, double loss, Optional<String> variable) {
        return variable.filter(_ -> Double.isFinite(loss))
                .map(name -> "variable %s is not finite after step %d, whose loss is %s".formatted(name, step, loss))
                .orElse("the loss is %s at step %d".formatted(loss, step));
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
