package dev.joule.ed.train;

import dev.joule.autodiff.Program.Fault;

/** A loss became NaN or infinite. The variables have the values of the last step at which the trainer had looked at them. */
public final class NotFinite extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long step;
    private final long saved;

    NotFinite(long step, long saved, double loss, Fault fault) {
        super("the loss is %s at step %d; first in: %s; the state of step %d is kept".formatted(loss, step, fault, saved));
        this.step = step;
        this.saved = saved;
    }

    /** The step whose loss was not finite. */
    public long step() {
        return step;
    }

    /** The step that the variables are of. */
    public long saved() {
        return saved;
    }
}
