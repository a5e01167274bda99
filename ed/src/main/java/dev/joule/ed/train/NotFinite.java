package dev.joule.ed.train;

import dev.joule.autodiff.Program.Fault;

/**
 * A loss became NaN or infinite. The variables have the values of the trainer's last copy of them, which it makes every 1,000 steps; or those of
 * the failure, where the way there does not repeat.
 */
public final class NotFinite extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long step;
    private final long saved;

    NotFinite(long step, long saved, double loss, Fault fault) {
        super("the loss is %s at step %d; first in: %s; the state of step %d is kept".formatted(loss, step, fault, saved));
        this.step = step;
        this.saved = saved;
    }

    /** A failure whose cause could not be found. */
    NotFinite(long step, double loss) {
        super("the loss is %s at step %d or before; going there again from the last copy of the variables it is finite, as they were set from"
                .formatted(loss, step) + " outside meanwhile; they are left as they are");
        this.step = step;
        this.saved = step;
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
