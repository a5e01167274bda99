package dev.joule.core.cpu.loop;

/** One thing to do for each tile. */
@FunctionalInterface
interface TileOp {
    void run(Tile tile);
}
