package dev.joule.core.cpu.rows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.cpu.loop.TileLoop;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.memory.Shift;
import dev.joule.core.cpu.product.FloatProduct;
import dev.joule.core.cpu.product.RowProduct;
import dev.joule.core.cpu.product.TransposedCopies;
import dev.joule.core.cpu.work.RowTask;
import dev.joule.core.cpu.work.Task;
import dev.joule.core.cpu.work.Together;
import dev.joule.core.memory.Buffer;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.OtherViews;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowAccess;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.plan.Written;
import dev.joule.core.scalar.Reducer;

/**
 * Makes the tasks of a run of rows. Each step becomes the same step for the rows of one block, whose addresses move on with the
 * block. What is summed over all rows gets memory for a share from each block (from each chunk, for a product); behind the run the
 * shares are added up, always in the same order ({@link Share}). Weights that a product wants transposed are copied before the run.
 */
public final class RowCompiler {
    /** The place of what is neither in the arena nor a tensor that was given. */
    private static final Slot.Place OUTSIDE = new Slot.Place.External(-1);

    /** Elements of a matrix that each worker transposes for itself: they fit into its second-level cache. */
    private static final long OWN_COPY = 1 << 16;

    private final Plan plan;
    private final RowRun run;
    private final long seed;
    private final int workers;
    private final Scope scope;
    private final Cut cut;
    private final BlockValues own;
    private final OtherViews moved;
    private Addresses addresses;
    private final Set<Integer> written;
    private final Map<Integer, Integer> shares = new HashMap<>();        // slot of a sum → slot of its shares
    private final Map<Integer, Long> shareSizes = new HashMap<>();       // slot of shares → elements of one
    private final Map<List<Object>, Integer> transposed = new HashMap<>();   // what is copied → slot of the copy
    private final List<TransposedCopies.Copy> copies = new ArrayList<>();
    private final List<Share> sums = new ArrayList<>();

    public RowCompiler(Plan plan, RowRun run, Addresses addresses, long seed, int workers, Scope scope) {
        this.plan = plan;
        this.run = run;
        this.seed = seed;
        this.workers = workers;
        this.scope = scope;
        this.cut = Cut.of(plan, run);
        this.written = plan.steps().subList(run.first(), run.end()).stream().flatMap(step -> Written.by(step).stream())
                .map(each -> each.view().slot()).collect(Collectors.toSet());
        this.own = new BlockValues(plan, run, cut.size());
        this.moved = new OtherViews(own::view);
        this.addresses = own.place(addresses, plan, workers, scope);
    }

    /** What comes before the run, the run, what comes after it, and the sums that a loop behind it is to make as it goes. */
    public record Compiled(List<Task> before, RowBlocks blocks, List<Task> after, List<Share> spread) {
    }

    public Compiled compile() {
        for (int i = 0; i < run.axes().size(); i++) {
            share(step(i), run.axes().get(i));
        }
        List<RowTask> whole = tasks(cut.size());
        List<RowTask> rest = cut.rest() == cut.size() ? whole : tasks(cut.rest());
        Map<Boolean, List<Share>> spread = sums.stream()
                .collect(Collectors.partitioningBy(sum -> sum.isForOneLoop(plan, run.end())));
        List<Task> after = spread.get(false).stream()
                .map(sum -> TileLoop.inOnePart(sum.result(shares.get(sum.target().slot())), addresses)).toList();
        return new Compiled(copying(), new RowBlocks(cut, whole, rest), together(after), spread.get(true));
    }

    private List<Task> copying() {
        Map<Boolean, List<TransposedCopies.Copy>> forAll = copies.stream()
                .collect(Collectors.partitioningBy(copy -> copy.turn() == 0));
        List<Task> tasks = new ArrayList<>();
        if (!forAll.get(true).isEmpty()) {
            tasks.add(TransposedCopies.forAll(forAll.get(true)));
        }
        if (!forAll.get(false).isEmpty()) {
            tasks.add(TransposedCopies.forEach(forAll.get(false), workers, cut.chunks()));
        }
        return tasks;
    }

    private Step step(int i) {
        return plan.steps().get(run.first() + i);
    }

    private static List<Task> together(List<Task> tasks) {
        return tasks.isEmpty() ? List.of() : List.of(new Together(tasks));
    }

    // ---- sums over all rows ----

    /** Memory for the shares of what a step sums over the rows, and the loop that adds them up. */
    private void share(Step step, int axis) {
        switch (step) {
            case LoopStep loop when loop.reduces(axis) -> {
                int[] kept = IntStream.range(0, loop.domain().length).filter(a -> a < loop.reduceFrom() || a >= loop.reduceTo())
                        .toArray();
                for (LoopStep.Reduction reduction : loop.reductions()) {
                    long[] strides = Arrays.stream(kept).mapToLong(a -> reduction.view().strides()[a]).toArray();
                    share(new View(reduction.view().slot(), reduction.view().offset(), strides),
                            Arrays.stream(kept).map(a -> loop.domain()[a]).toArray(), cut.blocks(), reduction.reducer(),
                            loop.origin());
                }
            }
            case MatMulStep mul when mul.sums(axis) && !mul.accumulate() ->
                share(mul.c(), mul.cDomain(), cut.chunks(), Reducer.SUM, mul.origin());
            case LoopStep _, MatMulStep _, ScatterStep _ -> {
            }
        }
    }

    private void share(View target, int[] domain, int count, Reducer reducer, String origin) {
        long size = Shape.of(domain).count();
        int slot = slot(addresses.dtype(target), count * size, origin);
        View all = new View(slot, 0, new long[0]);
        shares.put(target.slot(), slot);
        shareSizes.put(slot, size);
        sums.add(new Share(target, domain, reducer, count, addresses.slot(all), addresses.of(all), origin));
    }

    private int slot(DType dtype, long count, String label) {
        Slot slot = new Slot(dtype, count, OUTSIDE, label);
        addresses = addresses.with(slot, scope.add(Buffer.allocate(slot.bytes())).address());
        return addresses.count() - 1;
    }

    // ---- the steps of a block ----

    private List<RowTask> tasks(int rows) {
        return IntStream.range(0, run.axes().size()).mapToObj(i -> switch (step(i)) {
            case LoopStep loop -> loop(moved.step(loop), run.axes().get(i), rows);
            case MatMulStep mul -> product(mul, run.axes().get(i), rows);
            case ScatterStep _ -> throw new IllegalStateException("a scatter in a run of rows");
        }).toList();
    }

    private RowTask loop(LoopStep loop, int axis, int rows) {
        int[] domain = loop.domain().clone();
        domain[axis] = rows;
        List<LoopStep.Reduction> reductions = loop.reduces(axis)
                ? loop.reductions().stream().map(r -> new LoopStep.Reduction(r.register(), r.reducer(), shareOf(r.view(), loop)))
                        .toList()
                : loop.reductions();
        LoopStep part = new LoopStep(domain, loop.reduceFrom(), loop.reduceTo(), loop.body(), loop.stores(), reductions,
                loop.origin());
        return TileLoop.ofRows(part, addresses, view -> shift(view, axis), seed);
    }

    /** A share of a reduction, in which the kept elements lie one after the other. */
    private View shareOf(View view, LoopStep loop) {
        int[] domain = loop.domain().clone();
        Arrays.fill(domain, loop.reduceFrom(), loop.reduceTo(), 1);
        long[] strides = contiguous(domain);
        Arrays.fill(strides, loop.reduceFrom(), loop.reduceTo(), 0);
        return new View(shares.get(view.slot()), 0, strides);
    }

    private RowTask product(MatMulStep mul, int axis, int rows) {
        int m = mul.batch().length, k = m + 2;
        int[] batch = mul.batch().clone();
        if (axis < m) {
            batch[axis] = rows;
        }
        boolean summed = mul.sums(axis);
        View c = summed ? new View(shares.get(mul.c().slot()), 0, contiguous(mul.cDomain())) : mul.c();
        boolean copied = !summed && wantsCopy(mul);
        View b = copied ? transposed(mul) : mul.b();
        MatMulStep part = moved.step(new MatMulStep(batch, axis == m ? ofBlock(mul.rows(), rows) : mul.rows(), mul.n(),
                axis == k ? ofBlock(mul.depth(), rows) : mul.depth(), mul.a(), b, c, mul.accumulate(), mul.origin()));
        List<Shift> shifts = new ArrayList<>(RowAccess.of(mul, axis, run.rows()).stream().map(this::shift).toList());
        if (copied) {
            shifts.set(1, new Shift(copyTurn(mul), true));
        }
        return new RowProduct(part, addresses, shifts, summed, workers);
    }

    /** Axes of which the first goes through all rows of the run, for some of them. */
    private int[] ofBlock(int[] axes, int rows) {
        int[] some = axes.clone();
        some[0] = axes[0] / run.rows() * rows;
        return some;
    }

    private Shift shift(View view, int axis) {
        if (shareSizes.containsKey(view.slot())) {
            return new Shift(shareSizes.get(view.slot()), false);
        }
        return own.shift(view.slot()).orElseGet(() -> new Shift(view.strides()[axis] * cut.size(), false));
    }

    /** For an operand of a product; that of a sum is for each chunk. */
    private Shift shift(RowAccess access) {
        return switch (access.kind()) {
            case READ, WRITE -> shift(access.view(), access.axis());
            case READ_ANY -> Shift.NONE;
            case REDUCE -> new Shift(shareSizes.get(shares.get(access.view().slot())), false);
        };
    }

    /** Whether b is a transposed matrix that stays the same during the run. */
    private boolean wantsCopy(MatMulStep mul) {
        int row = mul.batch().length;
        boolean same = IntStream.range(0, row).allMatch(axis -> mul.b().strides()[axis] == 0);
        return FloatProduct.isPossible() && addresses.dtype(mul.b()) == DType.FLOAT32 && same && mul.n() > 1
                && mul.b().strides()[row + 1] != 1 && !written.contains(mul.b().slot());
    }

    /** Elements from one worker's copy of b to the next's, a multiple of a line of the cache; 0 if there is one for all. */
    private static long copyTurn(MatMulStep mul) {
        long size = (long) mul.k() * mul.n();
        return size > OWN_COPY ? 0 : (size + 15) / 16 * 16;
    }

    /** A copy of b with its rows one after the other; made once for all products that want it. */
    private View transposed(MatMulStep mul) {
        int row = mul.batch().length;
        View b = mul.b();
        long across = b.strides()[row + 1];
        int slot = transposed.computeIfAbsent(List.of(b.slot(), b.offset(), b.strides()[row], across, mul.k(), mul.n()), _ -> {
            long count = Math.max((long) mul.k() * mul.n(), workers * copyTurn(mul));
            int copy = slot(addresses.dtype(b), count, "transposed " + addresses.slot(b).label());
            copies.add(new TransposedCopies.Copy(addresses.of(b), across, mul.n(), mul.k(),
                    addresses.of(new View(copy, 0, new long[2])), copyTurn(mul)));
            return copy;
        });
        long[] copied = new long[row + 2];
        copied[row] = mul.n();
        copied[row + 1] = 1;
        return new View(slot, 0, copied);
    }

    private static long[] contiguous(int[] domain) {
        return Shape.of(domain).strides();
    }
}
