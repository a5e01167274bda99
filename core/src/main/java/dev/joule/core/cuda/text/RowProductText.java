package dev.joule.core.cuda.text;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

import dev.joule.core.DType;
import dev.joule.core.cuda.text.Arg.Element;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.View;

/**
 * A product of a block's own rows as a device function. A thread has the totals of a tile, some rows by some columns, so that what it loads
 * of b serves all these rows. Lanes share the depth of a tile, so that all threads of the block have work: where b's columns are what lies side
 * by side, neighbouring threads have neighbouring columns; where its depth does, neighbouring parts of that.
 */
public final class RowProductText {
    private static final int WARP = 32;
    /** Room for so many bytes of a thread's totals, where they meet: see {@code shared()} in prelude.cu. */
    private static final int TOTALS_BYTES = 64;
    /** Parts of the depth that a lane has at least: two that meet cost more than a few multiplications. */
    private static final int TURNS = 4;
    /** So many threads with 16 bytes each load what lies side by side. */
    private static final int LINE = 8;

    private final Plan plan;
    private final MatMulStep mul;
    private final DType dtype;
    /** How many axes the batch has: behind them come rows and columns. */
    private final int batch;
    /** An axis of the batch, or none if the rows are those of a. */
    private final BlockRows rows;
    /** Rows of a for each row, if the rows are those of a; else 0. */
    private final int share;
    /** Rows of a that a block has, in each matrix. */
    private final int height;
    /** Whether it is b's depth that lies side by side. */
    private final boolean deep;
    /** How many numbers of the depth are loaded at once. */
    private final int depthAtOnce;
    /** Columns and rows of a tile. */
    private final int columns;
    private final int tile;
    private final int lanes;

    private RowProductText(Plan plan, MatMulStep mul, int axis, int allRows, int count) {
        this.plan = plan;
        this.mul = mul;
        this.dtype = plan.slot(mul.c()).dtype();
        this.batch = mul.batch().length;
        this.rows = axis < batch ? new BlockRows(axis, count) : BlockRows.NONE;
        this.share = axis < batch ? 0 : mul.m() / allRows;
        this.height = axis < batch ? mul.m() : share * count;
        this.deep = mul.b().strides()[batch] == 1 && mul.k() > 1 || mul.n() == 1;
        this.depthAtOnce = deep ? width(width -> mul.k() % width == 0 && lies(mul.a(), mul.aDomain(), batch + 1, width)
                && lies(mul.b(), mul.bDomain(), batch, width)) : 1;
        this.columns = width(width -> mul.n() % width == 0 && lies(mul.c(), mul.cDomain(), batch + 1, width)
                && (deep || lies(mul.b(), mul.bDomain(), batch + 1, width)));
        this.tile = tile();
        this.lanes = lanes(spots(tile));
    }

    /**
     * @param axis  where the rows are: an axis of the batch, or that of a's rows
     * @param allRows how many there are in all
     * @param count how many a block has
     * @param step  the product's number in the plan
     */
    public static Body of(Plan plan, MatMulStep mul, int axis, int allRows, int count, int step) {
        return new RowProductText(plan, mul, axis, allRows, count).function(step);
    }

    /** How many numbers side by side: as many as 16 bytes hold, or fewer, or one. */
    private int width(IntPredicate possible) {
        int width = 16 / dtype.bytes();
        while (width > 1 && !possible.test(width)) {
            width /= 2;
        }
        return width;
    }

    /** Whether elements along an axis are neighbours, and each {@code width} of them begin where 16 bytes may be loaded at once. */
    private boolean lies(View view, int[] domain, int axis, int width) {
        long[] strides = view.strides();
        for (int other = 0; other < strides.length; other++) {
            if (other != axis && domain[other] > 1 && strides[other] % width != 0) {
                return false;
            }
        }
        return strides[axis] == 1 && view.offset() % width == 0;
    }

    /** As many rows as a thread has room for, if the block's threads all have work then. */
    private int tile() {
        int most = TOTALS_BYTES / dtype.bytes() / columns;
        for (int tile = Math.min(most, height); tile > 1; tile--) {
            if (height % tile == 0 && spots(tile) * mostLanes() >= Body.THREADS) {
                return tile;
            }
        }
        return 1;
    }

    /** How many tiles of so many rows there are. */
    private long spots(int tile) {
        long matrices = 1;
        for (int axis = 0; axis < batch; axis++) {
            matrices *= axis == rows.axis() ? rows.count() : mul.batch()[axis];
        }
        return matrices * (height / tile) * (mul.n() / columns);
    }

    /** A power of two; fewer where there is little depth. */
    private int mostLanes() {
        return Math.min(WARP, Integer.highestOneBit(Math.max(1, mul.k() / depthAtOnce / TURNS)));
    }

    private int lanes(long spots) {
        int free = spots >= Body.THREADS ? 1 : Body.THREADS / ReductionText.powerOfTwo(spots);
        return Math.min(mostLanes(), Math.max(free, deep ? LINE : 1));
    }

    private Body function(int step) {
        int[] domain = Arrays.copyOf(mul.batch(), batch + 2), local = domain.clone();
        domain[batch] = local[batch] = height / tile;
        domain[batch + 1] = local[batch + 1] = mul.n() / columns;
        if (rows.any()) {
            local[rows.axis()] = rows.count();
        }
        View a = tiles(mul.a(), tile, 0), b = tiles(mul.b(), 0, columns), c = tiles(mul.c(), tile, columns);
        List<Instr> loads = List.of(new Instr.Load(dtype, a), new Instr.Load(dtype, b));
        Axes axes = Axes
                .of(new LoopStep(local, batch + 2, batch + 2, loads, List.of(new LoopStep.Store(0, c)), List.of(), mul.origin()));
        Positions positions = new Positions(axes, domain, rows, false);
        Params params = new Params(true);
        String type = ScalarText.type(dtype);
        String from = params.read(new Element(a.slot(), positions.lowest(a)), type) + " + "
                + moved(positions.element(a), mul.a()),
                by = params.read(new Element(b.slot(), positions.lowest(b)), type) + " + " + positions.element(b),
                to = params.write(new Element(c.slot(), positions.lowest(c)), type) + " + "
                        + moved(positions.element(c), mul.c());
        long spots = spots(tile);
        int together = Body.THREADS / lanes;
        long[] left = mul.a().strides(), right = mul.b().strides();
        String operands = "totals, lane, " + from + ", " + left[batch] + ", " + left[batch + 1] + ", " + by + ", " + right[batch];
        String sum = deep
                ? "depths<" + tile + ", " + columns + ", " + depthAtOnce + ", " + mul.k() + ", " + lanes + ">(" + operands + ", "
                        + right[batch + 1] + ")"
                : "columns<" + tile + ", " + columns + ", " + mul.k() + ", " + lanes + ">(" + operands + ")";
        String lines = line("const unsigned spot = block * %d + threadIdx.x%s;", together,
                lanes == 1 ? "" : (deep ? " / " + lanes : " % " + together))
                + line("const unsigned lane = %s;",
                        lanes == 1 ? "0" : deep ? "threadIdx.x % " + lanes : "threadIdx.x / " + together)
                + line("const bool inside = spot < %d;", spots)
                + positions.indices("spot", axes.which(false), 1)
                + line("%s totals[%d] = {};", type, tile * columns)
                + line("if (inside) %s;", sum)
                + (lanes == 1 ? "" : line("%s<%d, Sum>(totals);", deep ? "across" : "down", lanes))
                + line("if (inside && lane == 0) keep<%d, %d, %s>(%s, %d, totals);", tile, columns, mul.accumulate(), to,
                        mul.c().strides()[batch]);
        return params.function(step, mul.origin(), lines, (spots + together - 1) / together, 0);
    }

    /** A view of the first elements of tiles of so many rows or columns; where it is 0, of the same ones again. */
    private View tiles(View view, int rows, int columns) {
        long[] strides = view.strides().clone();
        strides[batch] *= rows;
        strides[batch + 1] *= columns;
        return new View(view.slot(), view.offset(), strides);
    }

    /** A place, moved on to where the block's rows begin, if they are a's. */
    private String moved(String place, View view) {
        return share == 0 ? place : "row * " + share * view.strides()[batch] + " + " + place;
    }

    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values) + "\n";
    }
}
