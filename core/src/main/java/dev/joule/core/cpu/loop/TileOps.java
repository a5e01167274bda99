package dev.joule.core.cpu.loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Cursor;
import dev.joule.core.cpu.memory.Native;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.cpu.memory.Walk;
import dev.joule.core.cpu.vector.FloatLoop;
import dev.joule.core.cpu.vector.FloatLoops;
import dev.joule.core.cpu.vector.LoopShape;
import dev.joule.core.cpu.vector.VectorCode;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.View;

/** The operations of a {@link TileProgram}. Each is a loop of its own over a tile, chosen here once and for all. */
final class TileOps {
    private final LoopStep loop;
    private final List<Instr> body;
    private final Addresses addresses;
    private final Liveness live;
    private final Shift.OfViews shifts;
    private final long seed;

    TileOps(LoopStep loop, Addresses addresses, Liveness live, Shift.OfViews shifts, long seed) {
        this.loop = loop;
        this.body = loop.body();
        this.addresses = addresses;
        this.live = live;
        this.shifts = shifts;
        this.seed = seed;
    }

    /** Computes instruction {@code i} and leaves its value at {@code tile.at[i]}. */
    TileOp compute(int i) {
        Optional<String> function = VectorCode.function(body, i);
        if (function.isPresent()) {
            FloatLoop loop = FloatLoops.of(function.get());
            int[] values = IntStream.concat(IntStream.of(body.get(i).operands()), IntStream.of(i)).toArray();
            int[] masks = IntStream.of(body.get(i).operands()).map(this::mask).toArray();
            return tile -> loop.run(tile.at, values, masks, tile.length);
        }
        return switch (body.get(i)) {
            case Instr.Const(DType dtype, double value) -> tile -> ScalarLoops.fill(dtype, tile.at[i], tile.length, value);
            case Instr.Load(_, View view) -> {
                Walk walk = walk(view);
                yield tile -> Strided.load(walk, tile, tile.start, tile.length, tile.at[i]);
            }
            case Instr.Gather(DType dtype, View view, long rowStride, int rows, int a) -> {
                Walk walk = walk(view);
                long rowBytes = rowStride * dtype.bytes();
                int mask = mask(a);
                String origin = loop.origin();
                yield tile -> Strided.gather(walk, tile, rowBytes, rows, tile.at[a], mask, tile.at[i], origin);
            }
            case Instr.Index(DType dtype, View place) -> {
                Walk walk = Walk.positions(place, loop.domain(), shifts);
                yield tile -> Strided.positions(walk, tile, dtype, tile.at[i]);
            }
            case Instr.Random(DType dtype, var draw, int stream, View place) -> {
                Walk walk = Walk.positions(place, loop.domain(), shifts);
                yield tile -> Draws.draw(draw, dtype, seed, stream, walk, tile, tile.at[i]);
            }
            case Instr.Map(DType dtype, var op, int a) ->
                map(i, a, dtype == DType.FLOAT32 ? Sines.map(op) : ScalarLoops.map(dtype, op));
            case Instr.Zip(DType dtype, var op, int a, int b) -> {
                ZipLoop loop = ScalarLoops.zip(dtype, op);
                int aMask = mask(a);
                int bMask = mask(b);
                yield tile -> loop.run(tile.at[a], aMask, tile.at[b], bMask, tile.at[i], tile.length);
            }
            case Instr.Select(DType dtype, int a, int b, int c) -> {
                SelectLoop loop = ScalarLoops.select(body.get(a).dtype(), dtype);
                int aMask = mask(a);
                int bMask = mask(b);
                int cMask = mask(c);
                yield tile -> loop.run(tile.at[a], aMask, tile.at[b], bMask, tile.at[c], cMask, tile.at[i], tile.length);
            }
            case Instr.Cast(DType dtype, int a) -> map(i, a, ScalarLoops.cast(body.get(a).dtype(), dtype));
        };
    }

    private TileOp map(int i, int a, MapLoop loop) {
        int mask = mask(a);
        return tile -> loop.run(tile.at[a], mask, tile.at[i], tile.length);
    }

    /** Computes a row of functions of vectors, of which only the results must be left where they belong. */
    TileOp compute(List<Integer> functions, List<Integer> results) {
        TileOp[] parts = functions.stream().map(this::compute).toArray(TileOp[]::new);
        if (parts.length == 1) {
            return parts[0];
        }
        int[] operands = functions.stream().flatMapToInt(i -> IntStream.of(body.get(i).operands())).distinct()
                .filter(a -> !functions.contains(a)).toArray();
        Map<Integer, Integer> numbers = new HashMap<>();   // of the shape's values
        IntStream.concat(IntStream.of(operands), functions.stream().mapToInt(i -> i))
                .forEach(i -> numbers.put(i, numbers.size()));
        LoopShape shape = new LoopShape(
                IntStream.of(operands).mapToObj(a -> live.isUniform(a) ? LoopShape.Operand.STAYS : LoopShape.Operand.WALKS)
                        .toList(),
                functions.stream().map(i -> new LoopShape.Call(VectorCode.function(body, i).orElseThrow(),
                        IntStream.of(body.get(i).operands()).mapToObj(numbers::get).toList())).toList(),
                results.stream().map(numbers::get).toList());
        int[] values = IntStream.concat(IntStream.of(operands), results.stream().mapToInt(i -> i)).toArray();
        return new FusedLoop(parts, shape, values);
    }

    /** Leaves elements where they are if they lie one after the other, and the last vector does not reach over the array's end. */
    TileOp readInPlace(int i, View view) {
        Walk walk = walk(view);
        long end = addresses.end(view);
        return tile -> {
            long from = run(walk, tile);
            long vectors = (tile.length + TileProgram.SPLAT - 1) / TileProgram.SPLAT;
            if (from != 0 && from + vectors * TileProgram.SPLAT * walk.bytes() <= end) {
                tile.at[i] = from;
            } else {
                tile.at[i] = tile.home[i];
                Strided.load(walk, tile, tile.start, tile.length, tile.at[i]);
            }
        };
    }

    /** Loads a row that is the same for all tiles. */
    TileOp loadRow(int i, View view) {
        Walk walk = walk(view);
        return tile -> Strided.loadRow(walk, tile, Tile.MOST, tile.at[i]);
    }

    /** Repeats a value that is the same everywhere until it fills a vector. */
    TileOp splat(int i) {
        return body.get(i).dtype().bytes() == 4
                ? tile -> Strided.copyInts(tile.at[i], 0, tile.at[i], 4, TileProgram.SPLAT)
                : tile -> Strided.copyLongs(tile.at[i], 0, tile.at[i], 8, TileProgram.SPLAT);
    }

    /** Where a tile's elements begin that lie one after the other; 0 if they do not. */
    private static long run(Walk walk, Tile tile) {
        if (walk.isContiguous()) {
            return tile.base(walk) + tile.start * walk.bytes();
        }
        Cursor cursor = tile.start(walk, tile.start);
        return cursor.left >= tile.length ? cursor.address : 0;
    }

    /** Lets a value be computed straight to where it is stored, in one run, unless the last vector would reach too far. */
    TileOp place(LoopStep.Store store) {
        int i = store.register();
        Walk target = walk(store.view());
        boolean vectors = body.get(i).dtype() == DType.FLOAT32 || VectorCode.function(body, i).isPresent();
        int multiple = vectors ? Native.LANES : 1;   // what a loop writes at a time
        return tile -> {
            long to = tile.length % multiple == 0 ? run(target, tile) : 0;
            tile.at[i] = to != 0 ? to : tile.home[i];
        };
    }

    /** Stores a value if it is not {@linkplain #place in its place} yet. */
    TileOp storeUnlessPlaced(LoopStep.Store store) {
        int i = store.register();
        TileOp rest = store(store);
        return tile -> {
            if (tile.at[i] == tile.home[i]) {
                rest.run(tile);
            }
        };
    }

    TileOp store(LoopStep.Store store) {
        int i = store.register();
        Walk walk = walk(store.view());
        int mask = mask(i);
        return tile -> Strided.store(walk, tile, tile.start, tile.length, tile.at[i], mask);
    }

    /** Adds the tile to the totals of reduction {@code number}. */
    TileOp reduce(int number) {
        LoopStep.Reduction reduction = loop.reductions().get(number);
        int i = reduction.register();
        DType dtype = body.get(i).dtype();
        return tile -> Reductions.combine(dtype, reduction.reducer(), tile.at[i], tile.units, tile.rows, tile.columns,
                tile.columns, tile.totals[number]);
    }

    Walk walk(View view) {
        return Walk.of(addresses, view, loop.domain(), shifts);
    }

    /** -1 to walk along a value, 0 for one that is the same everywhere: see {@link MapLoop}. */
    private int mask(int i) {
        return live.isUniform(i) ? 0 : -1;
    }
}
