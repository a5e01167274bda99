package dev.joule.core.cpu.loop;

import dev.joule.core.BadProperty;
import dev.joule.core.cpu.vector.FloatLoop;
import dev.joule.core.cpu.vector.FloatLoops;
import dev.joule.core.cpu.vector.LoopCompiler;
import dev.joule.core.cpu.vector.LoopShape;

/**
 * Several functions of vectors as one operation, a loop in which what is between stays in registers. Where loops wait for the JIT compiler,
 * its parts do the work one after the other until it has been done often enough, and in more than one run, to be worth that, and until it is
 * compiled. The results are the same to the bit.
 */
final class FusedLoop implements TileOp {
    /** Names the system property: after how many tiles; at once if it is 0, never if it is less. */
    static final String AFTER = "joule.loops.after";
    private static final String WORTH = "1000";

    private final TileOp[] parts;
    private final LoopShape shape;
    private final int[] values;
    private final int after = after();
    private int tiles;   // several workers count; it need not be exact
    private long firstRun;
    private boolean wanted;
    private FloatLoop whole;

    FusedLoop(TileOp[] parts, LoopShape shape, int[] values) {
        this.parts = parts;
        this.shape = shape;
        this.values = values;
        this.whole = after == 0 || after > 0 && FloatLoops.isQuickAtOnce(shape) ? FloatLoops.of(shape)
                : after > 0 ? LoopCompiler.ifQuick(shape) : null;
    }

    private static int after() {
        String tiles = System.getProperty(AFTER, WORTH);
        try {
            return Integer.parseInt(tiles.strip());
        } catch (NumberFormatException _) {
            throw new BadProperty(AFTER + ": \"" + tiles + "\" is not a number of tiles, such as " + WORTH);
        }
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
        if (tiles++ == 0) {
            firstRun = tile.clock;
        }
        if (tiles >= after && after > 0 && tile.clock != firstRun && !wanted) {
            wanted = true;
            LoopCompiler.whenQuick(shape).thenAccept(quick -> whole = quick);
        }
    }
}
