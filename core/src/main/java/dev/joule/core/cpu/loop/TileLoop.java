package dev.joule.core.cpu.loop;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.cpu.memory.Walk;
import dev.joule.core.cpu.work.RowTask;
import dev.joule.core.cpu.work.Task;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.LoopStep.Reduction;

/** A loop step as a task: it leads each chunk's tiles through the {@link TileProgram} and stores the totals. */
public final class TileLoop implements Task, RowTask {
    private final Tiling tiling;
    private final TileProgram program;
    private final Totals[] totals;
    private final long sharedBytes;
    private Tile[] tiles;

    private TileLoop(LoopStep loop, Tiling tiling, Addresses addresses, Shift.OfViews shifts, long seed) {
        this.tiling = tiling;
        this.program = new TileProgram(loop, tiling, addresses, shifts, seed);
        this.totals = new Totals[loop.reductions().size()];
        long offset = 0;
        for (int r = 0; r < totals.length; r++) {
            Reduction reduction = loop.reductions().get(r);
            DType dtype = loop.body().get(reduction.register()).dtype();
            totals[r] = new Totals(dtype, reduction.reducer(), target(loop, reduction, addresses, shifts), offset);
            offset += tiling.parts() * tiling.totals() * dtype.bytes();
            offset += -offset & 63;
        }
        this.sharedBytes = offset;
    }

    /** One task, and a second one to combine the parts if there are several. */
    public static List<Task> of(LoopStep loop, Addresses addresses, long seed) {
        Tiling tiling = Tiling.of(loop);
        if (tiling.isEmpty()) {
            return List.of();
        }
        TileLoop task = new TileLoop(loop, tiling, addresses, Shift.OfViews.NONE, seed);
        return tiling.parts() == 1 ? List.of(task) : List.of(task, new CombineParts(tiling, task.totals));
    }

    /** A loop that is one task. */
    public static Task inOnePart(LoopStep loop, Addresses addresses) {
        return new TileLoop(loop, Tiling.inOnePart(loop), addresses, Shift.OfViews.NONE, 0);
    }

    /** A loop over the rows of one block. */
    public static RowTask ofRows(LoopStep loop, Addresses addresses, Shift.OfViews shifts, long seed) {
        return new TileLoop(loop, Tiling.inOneChunk(loop), addresses, shifts, seed);
    }

    /** Where a reduction's totals go: its view over the kept axes. */
    private static Walk target(LoopStep loop, Reduction reduction, Addresses addresses, Shift.OfViews shifts) {
        int[] kept = loop.domain().clone();
        Arrays.fill(kept, loop.reduceFrom(), loop.reduceTo(), 1);
        return Walk.of(addresses, reduction.view(), kept, shifts);
    }

    @Override
    public int chunks() {
        return tiling.chunks();
    }

    @Override
    public long scratchBytes() {
        return program.scratchBytes();
    }

    @Override
    public long sharedBytes() {
        return tiling.parts() == 1 ? 0 : sharedBytes;
    }

    @Override
    public void bind(long[] scratch, long shared) {
        tiles = IntStream.range(0, scratch.length).mapToObj(worker -> program.tile(worker, scratch[worker])).toArray(Tile[]::new);
        for (Totals total : totals) {
            total.bind(shared);
        }
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        run(chunk, 0, tiles[worker], clock);
    }

    @Override
    public void run(Block at, int worker, long clock) {
        if (!tiling.isEmpty()) {
            run(0, at.number(), tiles[worker], clock);
        }
    }

    private void run(int chunk, int block, Tile tile, long clock) {
        tile.clock = clock;
        tile.block = block;
        if (tiling.reduced() > 0) {
            program.begin(tile);
        }
        if (tiling.whole()) {
            long from = tiling.tiles() * chunk / tiling.chunks();
            long to = tiling.tiles() * (chunk + 1) / tiling.chunks();
            units(tile, from * tiling.unitsPerTile(), Math.min(tiling.outer(), to * tiling.unitsPerTile()));
        } else if (tiling.parts() == 1) {
            long strips = tiling.outer() * tiling.strips();
            for (long strip = strips * chunk / tiling.chunks(); strip < strips * (chunk + 1) / tiling.chunks(); strip++) {
                strip(tile, strip, 0);
            }
        } else {
            strip(tile, chunk / tiling.parts(), chunk % tiling.parts());
        }
    }

    /** Tiles of whole units. */
    private void units(Tile tile, long from, long to) {
        int rows = (int) tiling.reduced();
        int columns = (int) tiling.inner();
        for (long unit = from; unit < to; unit += tiling.unitsPerTile()) {
            tile.set(unit * rows * columns, (int) Math.min(tiling.unitsPerTile(), to - unit), rows, columns);
            clear(tile, tile.units * columns);
            program.run(tile);
            for (int r = 0; r < totals.length; r++) {
                totals[r].store(tile, tile.totals[r], unit * columns, tile.units * columns);
            }
        }
    }

    /** One part of the rows of a strip of columns. */
    private void strip(Tile tile, long strip, int part) {
        long unit = strip / tiling.strips();
        long column = strip % tiling.strips() * Tile.MOST;
        int columns = (int) Math.min(Tile.MOST, tiling.inner() - column);
        long rowTiles = (tiling.reduced() + tiling.rowsPerTile() - 1) / tiling.rowsPerTile();
        long from = rowTiles * part / tiling.parts() * tiling.rowsPerTile();
        long to = Math.min(tiling.reduced(), rowTiles * (part + 1) / tiling.parts() * tiling.rowsPerTile());
        clear(tile, columns);
        for (long row = from; row < to; row += tiling.rowsPerTile()) {
            int rows = (int) Math.min(tiling.rowsPerTile(), to - row);
            tile.set((unit * tiling.reduced() + row) * tiling.inner() + column, 1, rows, columns);
            program.run(tile);
        }
        for (int r = 0; r < totals.length; r++) {
            long first = unit * tiling.inner() + column;
            if (tiling.parts() == 1) {
                totals[r].store(tile, tile.totals[r], first, columns);
            } else {
                totals[r].keep(tile.totals[r], part * tiling.totals() + first, columns);
            }
        }
    }

    private void clear(Tile tile, int count) {
        for (int r = 0; r < totals.length; r++) {
            ScalarLoops.fill(totals[r].dtype(), tile.totals[r], count, totals[r].reducer().identity());
        }
    }
}
