package dev.joule.core.cpu.loop;

import java.util.ArrayList;
import java.util.List;

import dev.joule.core.cpu.vector.VectorCode;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;

/** Another order of a loop's body, in which functions of vectors stand together, so that they can be one loop. */
final class Clusters {
    private final LoopStep loop;
    private final int[] moved;
    private final boolean[] done;
    private final List<Instr> body = new ArrayList<>();

    private Clusters(LoopStep loop) {
        this.loop = loop;
        this.moved = new int[loop.body().size()];
        this.done = new boolean[moved.length];
    }

    /** The same loop: by turns all other instructions that can come, then all functions that can. */
    static LoopStep of(LoopStep loop) {
        Clusters clusters = new Clusters(loop);
        while (clusters.body.size() < clusters.moved.length) {
            clusters.take(false);
            clusters.take(true);
        }
        return loop.with(clusters.body, clusters.moved);
    }

    private void take(boolean functions) {
        for (int i = 0; i < moved.length; i++) {
            if (!done[i] && VectorCode.function(loop.body(), i).isPresent() == functions && isReady(i)) {
                done[i] = true;
                moved[i] = body.size();
                body.add(loop.body().get(i).renumbered(moved));
            }
        }
    }

    private boolean isReady(int i) {
        for (int operand : loop.body().get(i).operands()) {
            if (!done[operand]) {
                return false;
            }
        }
        return true;
    }
}
