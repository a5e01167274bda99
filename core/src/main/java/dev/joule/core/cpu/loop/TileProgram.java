package dev.joule.core.cpu.loop;

import static dev.joule.core.cpu.loop.Liveness.NEVER;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.cpu.memory.Walk;
import dev.joule.core.cpu.vector.VectorCode;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.View;

/**
 * The body of a loop, made ready to run tile by tile: a list of operations, and scratch memory for their results, given out
 * again after the last use. Five things keep work and memory traffic low. What is the same everywhere is computed once per
 * chunk, as one vector; a row that is the same for all tiles is loaded once per chunk. An operand that lies contiguously is
 * read where it is. A result that is stored contiguously is written where it belongs, unless that would overwrite what is
 * still to be read. And functions one after the other become one loop ({@link FusedLoop}).
 */
final class TileProgram {
    /** How often a value that is the same everywhere stands in memory: at least one vector. */
    static final int SPLAT = 16;
    /** Calls of the Vector API in one loop: 90 take the JIT compiler 0.2 s. */
    private static final int MOST_CALLS = 120;

    private final LoopStep loop;
    private final Tiling tiling;
    private final List<Instr> body;
    private final Liveness live;
    private final TileOps ops;
    private final List<TileOp> once = new ArrayList<>();
    private final List<TileOp> each = new ArrayList<>();
    private final TileOp[] onceOps;
    private final TileOp[] eachOps;

    private final int[] register;   // of each instruction: a tile, or a splat for those that are the same everywhere
    private final Deque<Integer> free = new ArrayDeque<>();
    private final int registerBytes;
    private int registers;
    private int splats;

    TileProgram(LoopStep step, Tiling tiling, Addresses addresses, Shift.OfViews shifts, long seed) {
        this.loop = Clusters.of(step);
        this.tiling = tiling;
        this.body = loop.body();
        this.live = new Liveness(loop, addresses);
        this.ops = new TileOps(loop, addresses, live, shifts, seed);
        this.register = new int[body.size()];
        this.registerBytes = Tile.MOST * body.stream().mapToInt(instr -> instr.dtype().bytes()).max().orElse(4);
        compile();
        loop.stores().stream().filter(store -> live.storesWait() || live.isUniform(store.register()))
                .forEach(store -> each.add(ops.store(store)));
        onceOps = once.toArray(TileOp[]::new);
        eachOps = each.toArray(TileOp[]::new);
    }

    /** Computes what is the same for all tiles. */
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

    /** Functions that stand together are computed together, up to a length that the JIT compiler masters quickly. */
    private void compile() {
        List<Integer> functions = new ArrayList<>();
        int calls = 0;
        for (int i = 0; i < register.length; i++) {
            if (live.isUniform(i)) {
                register[i] = splats++;
                once.add(ops.compute(i));
                once.add(ops.splat(i));
                continue;
            }
            Optional<String> function = VectorCode.function(body, i);
            int more = function.map(VectorCode::calls).orElse(0);
            if (function.isEmpty() || calls + more > MOST_CALLS) {
                compute(functions);
                functions.clear();
                calls = 0;
            }
            if (function.isEmpty()) {
                compute(i);
            } else {
                functions.add(i);
                calls += more;
            }
        }
        compute(functions);
    }

    /** An instruction that is not a function of vectors. */
    private void compute(int i) {
        Instr instr = body.get(i);
        if (instr instanceof Instr.Load(_, View view) && repeats(view)) {
            register[i] = registers++;
            once.add(ops.loadRow(i, view));
            finish(i, stores(i));
            return;
        }
        boolean inPlace = worksInPlace(instr);
        if (inPlace) {
            release(i, instr.operands());
        }
        register[i] = register();
        if (!inPlace) {
            release(i, instr.operands());
        }
        if (instr instanceof Instr.Load(_, View view)) {
            boolean stays = ops.walk(view).hasRuns() && live.lastUse(i) != NEVER;
            each.add(stays ? ops.readInPlace(i, view) : ops.compute(i));
            finish(i, stores(i));
        } else {
            place(i);
            each.add(ops.compute(i));
            finishPlaced(i);
        }
        release(i, i);
    }

    /** Functions one after the other; what others need of them is stored when all are done, and their registers are kept until then. */
    private void compute(List<Integer> functions) {
        if (functions.isEmpty()) {
            return;
        }
        int last = functions.getLast();
        List<Integer> results = functions.stream().filter(i -> live.lastUse(i) > last || isResult(i)).toList();
        for (int i : functions) {
            release(i, IntStream.of(body.get(i).operands()).filter(a -> !results.contains(a)).toArray());
            register[i] = register();
        }
        results.forEach(this::place);
        each.add(ops.compute(functions, results));
        results.forEach(this::finishPlaced);
        results.stream().filter(i -> live.lastUse(i) <= last).forEach(i -> free.push(register[i]));
    }

    private int register() {
        return free.isEmpty() ? registers++ : free.pop();
    }

    private boolean isResult(int i) {
        return loop.stores().stream().anyMatch(store -> store.register() == i)
                || loop.reductions().stream().anyMatch(reduction -> reduction.register() == i);
    }

    /** If a value's first store is in runs, that is where it is computed. */
    private void place(int i) {
        placed(i).ifPresent(store -> each.add(ops.place(store)));
    }

    private Optional<LoopStep.Store> placed(int i) {
        return stores(i).stream().findFirst().filter(store -> ops.walk(store.view()).hasRuns());
    }

    /** Stores and reduces a value that may be in its place already. */
    private void finishPlaced(int i) {
        Optional<LoopStep.Store> placed = placed(i);
        placed.ifPresent(store -> each.add(ops.storeUnlessPlaced(store)));
        finish(i, stores(i).stream().skip(placed.isPresent() ? 1 : 0).toList());
    }

    /** Stores and reduces a value. */
    private void finish(int i, List<LoopStep.Store> stores) {
        stores.forEach(store -> each.add(ops.store(store)));
        for (int r = 0; r < loop.reductions().size(); r++) {
            if (loop.reductions().get(r).register() == i) {
                each.add(ops.reduce(r));
            }
        }
    }

    /** The stores of a value that can be done as soon as it is known. */
    private List<LoopStep.Store> stores(int i) {
        return live.storesWait() ? List.of() : loop.stores().stream().filter(store -> store.register() == i).toList();
    }

    /** Whether all tiles read the same of an array: a row that is repeated, when each tile begins where the row does. */
    private boolean repeats(View view) {
        Walk walk = ops.walk(view);
        return walk.sizes().length == 2 && walk.steps()[0] == 0 && tiling.alignment() % walk.sizes()[1] == 0;
    }

    /** Whether an instruction reads each element of its operands before it writes there. */
    private boolean worksInPlace(Instr instr) {
        return switch (instr) {
            case Instr.Map _, Instr.Zip _, Instr.Select _ ->
                Arrays.stream(instr.operands()).allMatch(a -> body.get(a).dtype().bytes() == instr.dtype().bytes());
            case Instr.Const _, Instr.Load _, Instr.Gather _, Instr.Index _, Instr.Random _, Instr.Cast _ -> false;
        };
    }

    /** Takes back the registers of those values that instruction {@code i} is the last to use. */
    private void release(int i, int... values) {
        Arrays.stream(values).distinct().filter(a -> live.lastUse(a) == i && !live.isUniform(a) && !isKept(a))
                .forEach(a -> free.push(register[a]));
    }

    private boolean isKept(int i) {
        return body.get(i) instanceof Instr.Load(_, View view) && repeats(view);
    }

    private long splatsAt() {
        return (long) registers * registerBytes;
    }

    private long totalsAt() {
        return splatsAt() + (long) splats * SPLAT * Double.BYTES;
    }

    private long wordsAt() {
        return totalsAt() + (long) loop.reductions().size() * Tile.MOST * Double.BYTES;
    }

    private boolean draws() {
        return body.stream().anyMatch(Instr.Random.class::isInstance);
    }

    long scratchBytes() {
        return wordsAt() + (draws() ? Words.BYTES : 0);
    }

    /** A worker's place in this program, with its scratch memory. */
    Tile tile(int worker, long scratch) {
        Tile tile = new Tile(worker, body.size(), loop.reductions().size(), loop.domain().length,
                draws() ? new Words(scratch + wordsAt()) : null);
        for (int i = 0; i < register.length; i++) {
            tile.home[i] = live.isUniform(i)
                    ? scratch + splatsAt() + (long) register[i] * SPLAT * Double.BYTES
                    : scratch + (long) register[i] * registerBytes;
            tile.at[i] = tile.home[i];
        }
        for (int r = 0; r < tile.totals.length; r++) {
            tile.totals[r] = scratch + totalsAt() + (long) r * Tile.MOST * Double.BYTES;
        }
        return tile;
    }
}
