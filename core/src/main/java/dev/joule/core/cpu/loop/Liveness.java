package dev.joule.core.cpu.loop;

import java.util.List;

import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.cpu.memory.Walk;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.View;

/** What is known of the values in a loop's body: which are the same everywhere, how long each is needed, when to store it. */
final class Liveness {
    /** The last use of a value whose register must stay its own. */
    public static final int NEVER = Integer.MAX_VALUE;

    private final LoopStep loop;
    private final Addresses addresses;
    private final List<Instr> body;
    private final boolean[] uniform;
    private final int[] lastUse;
    private final boolean storesWait;

    Liveness(LoopStep loop, Addresses addresses) {
        this.loop = loop;
        this.addresses = addresses;
        this.body = loop.body();
        this.uniform = new boolean[body.size()];
        this.lastUse = new int[body.size()];
        for (int i = 0; i < uniform.length; i++) {
            uniform[i] = isSame(body.get(i)) && !isReduced(i);
            lastUse[i] = i;
            for (int operand : body.get(i).operands()) {
                lastUse[operand] = i;
            }
        }
        this.storesWait = !storesAreSafe();
        if (storesWait) {
            loop.stores().forEach(store -> lastUse[store.register()] = NEVER);
        }
    }

    /** Whether a value is the same everywhere; one that is reduced counts as not, for a reduction wants all its elements. */
    boolean isUniform(int i) {
        return uniform[i];
    }

    /** The last instruction that uses a value, or {@link #NEVER}. */
    int lastUse(int i) {
        return lastUse[i];
    }

    /** Whether stores must wait for the end of the tile, because something is still to be read where they go. */
    boolean storesWait() {
        return storesWait;
    }

    private boolean isSame(Instr instr) {
        boolean operandsAre = true;
        for (int operand : instr.operands()) {
            operandsAre &= uniform[operand];
        }
        return operandsAre && switch (instr) {
            case Instr.Load(_, View view) -> Walk.of(addresses, view, loop.domain(), Shift.OfViews.NONE).isUniform();
            case Instr.Gather(_, View view, _, _, _) -> Walk.of(addresses, view, loop.domain(), Shift.OfViews.NONE).isUniform();
            case Instr.Index(_, View place) -> Walk.positions(place, loop.domain(), Shift.OfViews.NONE).isUniform();
            case Instr.Random(_, _, _, View place) -> Walk.positions(place, loop.domain(), Shift.OfViews.NONE).isUniform();
            case Instr.Const _, Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> true;
        };
    }

    private boolean isReduced(int i) {
        return loop.reductions().stream().anyMatch(reduction -> reduction.register() == i);
    }

    /** What is gathered is written in an order of its own, and not behind all of its index. */
    private boolean isReadWhileWritten(int read, int written) {
        return lastUse[read] > written || lastUse[read] == written && body.get(written) instanceof Instr.Gather;
    }

    private boolean storesAreSafe() {
        for (LoopStep.Store store : loop.stores()) {
            for (int i = 0; i < lastUse.length; i++) {
                View read = switch (body.get(i)) {
                    case Instr.Load(_, View view) -> view;
                    case Instr.Gather(_, View view, _, _, _) -> view;
                    case Instr.Const _, Instr.Index _, Instr.Random _ -> null;
                    case Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> null;
                };
                if (read != null && !uniform[i] && isReadWhileWritten(i, store.register())
                        && addresses.overlap(read, store.view())) {
                    return false;
                }
            }
        }
        return true;
    }
}
