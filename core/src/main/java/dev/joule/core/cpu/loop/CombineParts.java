package dev.joule.core.cpu.loop;

import java.util.Arrays;
import java.util.stream.IntStream;

import dev.joule.core.cpu.work.Task;

/** Adds up the totals of a loop's parts, in the order of the parts. */
final class CombineParts implements Task {
    private static final int CHUNK = 32_768;   // elements that are worth a hand-over

    private final Tiling tiling;
    private final Totals[] totals;
    private final int chunks;
    private Tile[] tiles;

    CombineParts(Tiling tiling, Totals[] totals) {
        this.tiling = tiling;
        this.totals = totals;
        long pieces = (tiling.totals() + Tile.MOST - 1) / Tile.MOST;
        this.chunks = (int) Math.clamp(tiling.totals() * tiling.parts() * totals.length / CHUNK, 1, pieces);
    }

    @Override
    public int chunks() {
        return chunks;
    }

    @Override
    public long scratchBytes() {
        return (long) Tile.MOST * Double.BYTES;
    }

    @Override
    public void bind(long[] scratch, long shared) {
        int axes = Arrays.stream(totals).mapToInt(Totals::axes).max().orElse(0);
        tiles = IntStream.range(0, scratch.length).mapToObj(worker -> {
            Tile tile = new Tile(worker, 0, 1, axes, null);
            tile.totals[0] = scratch[worker];
            return tile;
        }).toArray(Tile[]::new);
    }

    @Override
    public void run(int chunk, int worker, long clock) {
        Tile tile = tiles[worker];
        long from = tiling.totals() * chunk / chunks;
        long to = tiling.totals() * (chunk + 1) / chunks;
        for (Totals total : totals) {
            for (long first = from; first < to; first += Tile.MOST) {
                int count = (int) Math.min(Tile.MOST, to - first);
                combine(total, tile, first, count);
            }
        }
    }

    private void combine(Totals total, Tile tile, long first, int count) {
        long sum = tile.totals[0];
        ScalarLoops.fill(total.dtype(), sum, count, total.reducer().identity());
        Reductions.combine(total.dtype(), total.reducer(), total.part(first), 1, tiling.parts(), count, tiling.totals(), sum);
        total.store(tile, sum, first, count);
    }
}
