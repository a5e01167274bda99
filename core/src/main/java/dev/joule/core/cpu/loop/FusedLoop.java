package dev.joule.core.cpu.loop;

import dev.joule.core.cpu.vector.FloatLoop;
import dev.joule.core.cpu.vector.FloatLoops;
import dev.joule.core.cpu.vector.LoopCompiler;
import dev.joule.core.cpu.vector.LoopShape;

/**
 * Several functions of vectors as one operation. Its parts do the work one after the other, until it has been done often enough to
 * be worth a loop of its own, in which what is between stays in registers, and until that is compiled. The results are the same to
 * the bit.
 */
final class FusedLoop implements TileOp {
    /** Names the system property: after how many tiles; at once if it is 0, never if it is less. */
    static final String AFTER = "joule.loops.after";
    private static final int WORTH = 1_000;

    private final TileOp[] parts;
    private final LoopShape shape;
    private final int[] values;
    private final int after = Integer.getInteger(AFTER, WORTH);
    private int tiles;   // several workers count; it need not be exact
    private FloatLoop whole;

    FusedLoop(TileOp[] parts, LoopShape shape, int[] values) {
        this.parts = parts;
        this.shape = shape;
        this.values = values;
        this.whole = after == 0 ? FloatLoops.of(shape) : null;
    }

    @Override
    public void run(Tile tile) {
        FloatLoop loop = whole;
        if (loop != null) {
            loop.run(tile.at, values, null, tile.length);
            return;
        }
        for (TileOp part : parts) {
            part.run(tile);
        }
        if (++tiles == after) {
            LoopCompiler.whenQuick(shape).thenAccept(quick -> whole = quick);
        }
    }
}
