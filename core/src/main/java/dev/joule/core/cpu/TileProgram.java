package dev.joule.core.cpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.View;

/**
 * The body of a loop, made ready to run tile by tile: a list of operations, and scratch memory for their results, given out
 * again after the last use. Three things keep memory traffic low. What is the same everywhere is computed once per chunk, as
 * one vector. An operand that lies contiguously is read where it is. A result that is stored contiguously is written where it
 * belongs, unless that would overwrite what is still to be read.
 */
final class TileProgram {
    /** How often a value that is the same everywhere stands in memory: at least one vector. */
    private static final int SPLAT = 16;
    private static final int NEVER = Integer.MAX_VALUE;

    private final LoopStep loop;
    private final Tiling tiling;
    private final Addresses addresses;
    private final long seed;
    private final List<Instr> body;
    private final boolean[] uniform;
    private final int[] lastUse;
    private final boolean storesWait;
    private final int[] register;   // of each instruction; uniform ones have a register of another kind
    private final int registerBytes;
    private int registers;
    private int splats;
    private final List<TileOp> once = new ArrayList<>();
    private final List<TileOp> each = new ArrayList<>();
    private final TileOp[] onceOps;
    private final TileOp[] eachOps;

    TileProgram(LoopStep loop, Tiling tiling, Addresses addresses, long seed) {
        this.loop = loop;
        this.tiling = tiling;
        this.addresses = addresses;
        this.seed = seed;
        this.body = loop.body();
        this.uniform = uniform();
        this.lastUse = lastUse();
        this.storesWait = !storesAreSafe();
        if (storesWait) {
            loop.stores().forEach(store -> lastUse[store.register()] = NEVER);
        }
        this.register = new int[body.size()];
        this.registerBytes = Tile.MOST * body.stream().mapToInt(instr -> instr.dtype().bytes()).max().orElse(4);
        compile();
        onceOps = once.toArray(TileOp[]::new);
        eachOps = each.toArray(TileOp[]::new);
    }

    /** Computes what is the same everywhere. */
    void begin(Tile tile) {
        tile.set(0, 1, 1, 1);
        for (TileOp op : onceOps) {
            op.run(tile);
        }
    }

    /** Computes one tile: all of the body, its stores, and its share of the reductions. */
    void run(Tile tile) {
        for (TileOp op : eachOps) {
            op.run(tile);
        }
    }

    private long totalsAt() {
        return (long) registers * registerBytes + (long) splats * SPLAT * Double.BYTES;
    }

    long scratchBytes() {
        return totalsAt() + (long) loop.reductions().size() * Tile.MOST * Double.BYTES;
    }

    /** A worker's place in this program, with its scratch memory. */
    Tile tile(long scratch) {
        Tile tile = new Tile(body.size(), loop.reductions().size(), loop.domain().length);
        for (int i = 0; i < register.length; i++) {
            tile.home[i] = uniform[i]
                    ? scratch + (long) registers * registerBytes + (long) register[i] * SPLAT * Double.BYTES
                    : scratch + (long) register[i] * registerBytes;
            tile.at[i] = tile.home[i];
        }
        for (int r = 0; r < tile.totals.length; r++) {
            tile.totals[r] = scratch + totalsAt() + (long) r * Tile.MOST * Double.BYTES;
        }
        return tile;
    }

    /** Which values are the same everywhere; what is reduced counts as not, for a reduction wants all its elements. */
    private boolean[] uniform() {
        boolean[] uniform = new boolean[body.size()];
        for (int i = 0; i < uniform.length; i++) {
            boolean same = switch (body.get(i)) {
                case Instr.Const _ -> true;
                case Instr.Load(_, View view) -> Walk.of(addresses, view, loop.domain()).isUniform();
                case Instr.Gather(_, View view, _, _, int a) ->
                    uniform[a] && Walk.of(addresses, view, loop.domain()).isUniform();
                case Instr.Index(_, View place) -> Walk.positions(place, loop.domain()).isUniform();
                case Instr.Random(_, _, _, View place) -> Walk.positions(place, loop.domain()).isUniform();
                case Instr.Map(_, _, int a) -> uniform[a];
                case Instr.Zip(_, _, int a, int b) -> uniform[a] && uniform[b];
                case Instr.Select(_, int a, int b, int c) -> uniform[a] && uniform[b] && uniform[c];
                case Instr.Cast(_, int a) -> uniform[a];
            };
            int number = i;
            uniform[i] = same && loop.reductions().stream().noneMatch(reduction -> reduction.register() == number);
        }
        return uniform;
    }

    private static int[] operands(Instr instr) {
        return switch (instr) {
            case Instr.Const _, Instr.Load _, Instr.Index _, Instr.Random _ -> new int[0];
            case Instr.Gather(_, _, _, _, int a) -> new int[]{a};
            case Instr.Map(_, _, int a) -> new int[]{a};
            case Instr.Zip(_, _, int a, int b) -> new int[]{a, b};
            case Instr.Select(_, int a, int b, int c) -> new int[]{a, b, c};
            case Instr.Cast(_, int a) -> new int[]{a};
        };
    }

    private int[] lastUse() {
        int[] last = new int[body.size()];
        for (int i = 0; i < last.length; i++) {
            last[i] = i;
            for (int operand : operands(body.get(i))) {
                last[operand] = i;
            }
        }
        return last;
    }

    /** Whether each value may be stored as soon as it is known: nothing is read later where it goes. */
    private boolean storesAreSafe() {
        for (LoopStep.Store store : loop.stores()) {
            for (int i = 0; i < lastUse.length; i++) {
                View read = switch (body.get(i)) {
                    case Instr.Load(_, View view) -> view;
                    case Instr.Gather(_, View view, _, _, _) -> view;
                    case Instr.Const _, Instr.Index _, Instr.Random _, Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> null;
                };
                if (read != null && !uniform[i] && lastUse[i] > store.register() && addresses.overlap(read, store.view())) {
                    return false;
                }
            }
        }
        return true;
    }

    private void compile() {
        Deque<Integer> free = new ArrayDeque<>();
        for (int number = 0; number < body.size(); number++) {
            int i = number;
            Instr instr = body.get(i);
            if (uniform[i]) {
                register[i] = splats++;
                once.add(op(i, instr));
                once.add(splat(i, instr.dtype()));
                continue;
            }
            if (instr instanceof Instr.Load(_, View view) && repeats(walk(view)) && lastUse[i] != NEVER) {
                register[i] = registers++;
                lastUse[i] = NEVER;   // the register stays its own, for it is loaded once per chunk
                Walk walk = walk(view);
                once.add(tile -> Strided.load(walk, tile.cursor, 0, Tile.MOST, tile.at[i]));
                finish(i, instr.dtype(), stores(i));
                continue;
            }
            boolean inPlace = worksInPlace(instr);
            if (inPlace) {
                release(instr, i, free);
            }
            register[i] = free.isEmpty() ? registers++ : free.pop();
            if (!inPlace) {
                release(instr, i, free);
            }
            compile(i, instr);
            if (lastUse[i] == i) {
                free.push(register[i]);
            }
        }
        if (storesWait) {
            loop.stores().forEach(store -> each.add(store(store, walk(store.view()))));
        } else {
            loop.stores().stream().filter(store -> uniform[store.register()])
                    .forEach(store -> each.add(store(store, walk(store.view()))));
        }
    }

    /** An instruction and what is done with its value. */
    private void compile(int i, Instr instr) {
        List<LoopStep.Store> stores = stores(i);
        if (instr instanceof Instr.Load(_, View view) && walk(view).isContiguous() && lastUse[i] != NEVER) {
            each.add(loadInPlace(i, view));
        } else if (!stores.isEmpty() && walk(stores.getFirst().view()).isContiguous() && !(instr instanceof Instr.Load)) {
            Walk target = walk(stores.getFirst().view());
            int multiple = instr.dtype() == DType.FLOAT32 ? Native.LANES : 1;   // what a loop writes at a time
            each.add(tile -> tile.at[i] = tile.length % multiple == 0
                    ? target.base() + tile.start * target.bytes() : tile.home[i]);
            each.add(op(i, instr));
            each.add(tile -> {
                if (tile.at[i] == tile.home[i]) {
                    Strided.store(target, tile.cursor, tile.start, tile.length, tile.at[i], -1);
                }
            });
            stores = stores.subList(1, stores.size());
        } else {
            each.add(op(i, instr));
        }
        finish(i, instr.dtype(), stores);
    }

    /** The stores of a value that can be done at once. */
    private List<LoopStep.Store> stores(int i) {
        return storesWait ? List.of() : loop.stores().stream().filter(store -> store.register() == i).toList();
    }

    /** Stores and reduces a value. */
    private void finish(int i, DType dtype, List<LoopStep.Store> stores) {
        stores.forEach(store -> each.add(store(store, walk(store.view()))));
        for (int r = 0; r < loop.reductions().size(); r++) {
            LoopStep.Reduction reduction = loop.reductions().get(r);
            if (reduction.register() == i) {
                int number = r;
                each.add(tile -> Reductions.combine(dtype, reduction.reducer(), tile.at[i], tile.units, tile.rows,
                        tile.columns, tile.columns, tile.totals[number], tile.lanes));
            }
        }
    }

    /** Whether all tiles read the same of an array: a row that is repeated, when each tile begins where the row does. */
    private boolean repeats(Walk walk) {
        return walk.sizes().length == 2 && walk.steps()[0] == 0 && tiling.alignment() % walk.sizes()[1] == 0;
    }

    /** Repeats a value that is the same everywhere until it fills a vector. */
    private TileOp splat(int i, DType dtype) {
        return dtype.bytes() == 4
                ? tile -> Strided.copyInts(tile.at[i], 0, tile.at[i], 4, SPLAT)
                : tile -> Strided.copyLongs(tile.at[i], 0, tile.at[i], 8, SPLAT);
    }

    /** Whether an instruction reads each element of its operands before it writes there. */
    private boolean worksInPlace(Instr instr) {
        return switch (instr) {
            case Instr.Map _, Instr.Zip _, Instr.Select _ ->
                Arrays.stream(operands(instr)).allMatch(a -> body.get(a).dtype().bytes() == instr.dtype().bytes());
            case Instr.Const _, Instr.Load _, Instr.Gather _, Instr.Index _, Instr.Random _, Instr.Cast _ -> false;
        };
    }

    private void release(Instr instr, int i, Deque<Integer> free) {
        Arrays.stream(operands(instr)).distinct().filter(a -> !uniform[a] && lastUse[a] == i)
                .forEach(a -> free.push(register[a]));
    }

    private Walk walk(View view) {
        return Walk.of(addresses, view, loop.domain());
    }

    /** Reads an array where it is, except for a last tile whose last vector would reach over the array's end. */
    private TileOp loadInPlace(int i, View view) {
        Walk walk = walk(view);
        long end = addresses.end(view);
        return tile -> {
            long from = walk.base() + tile.start * walk.bytes();
            long vectors = (tile.length + SPLAT - 1) / SPLAT;
            if (from + vectors * SPLAT * walk.bytes() <= end) {
                tile.at[i] = from;
            } else {
                tile.at[i] = tile.home[i];
                Strided.load(walk, tile.cursor, tile.start, tile.length, tile.at[i]);
            }
        };
    }

    private TileOp store(LoopStep.Store store, Walk walk) {
        int i = store.register();
        int mask = mask(i);
        return tile -> Strided.store(walk, tile.cursor, tile.start, tile.length, tile.at[i], mask);
    }

    private int mask(int i) {
        return uniform[i] ? 0 : -1;
    }

    /** Computes an instruction's value at {@code tile.at[i]}. */
    private TileOp op(int i, Instr instr) {
        return switch (instr) {
            case Instr.Const(DType dtype, double value) -> tile -> ScalarLoops.fill(dtype, tile.at[i], tile.length, value);
            case Instr.Load(_, View view) -> {
                Walk walk = walk(view);
                yield tile -> Strided.load(walk, tile.cursor, tile.start, tile.length, tile.at[i]);
            }
            case Instr.Gather(DType dtype, View view, long rowStride, int rows, int a) -> {
                Walk walk = walk(view);
                long rowBytes = rowStride * dtype.bytes();
                int mask = mask(a);
                String origin = loop.origin();
                yield tile -> Strided.gather(walk, tile.cursor, tile.start, tile.length, rowBytes, rows, tile.at[a], mask,
                        tile.at[i], origin);
            }
            case Instr.Index(DType dtype, View place) -> {
                Walk walk = Walk.positions(place, loop.domain());
                yield tile -> Strided.positions(walk, tile.cursor, tile.start, tile.length, dtype, tile.at[i]);
            }
            case Instr.Random(DType dtype, var draw, int stream, View place) -> {
                Walk walk = Walk.positions(place, loop.domain());
                yield tile -> Draws.draw(draw, dtype, seed, stream, walk, tile, tile.at[i]);
            }
            case Instr.Map(DType dtype, var op, int a) ->
                map(i, a, dtype == DType.FLOAT32 ? FloatLoops.map(op) : ScalarLoops.map(dtype, op));
            case Instr.Zip(DType dtype, var op, int a, int b) -> {
                ZipLoop loop = dtype == DType.FLOAT32 ? FloatLoops.zip(op) : ScalarLoops.zip(dtype, op);
                int aMask = mask(a);
                int bMask = mask(b);
                yield tile -> loop.run(tile.at[a], aMask, tile.at[b], bMask, tile.at[i], tile.length);
            }
            case Instr.Select(DType dtype, int a, int b, int c) -> {
                DType condition = body.get(a).dtype();
                SelectLoop loop = dtype == DType.FLOAT32 && condition == DType.FLOAT32
                        ? FloatLoops::select : ScalarLoops.select(condition, dtype);
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
}
