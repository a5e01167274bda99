package dev.joule.core.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import dev.joule.core.DType;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;

/** A small layer of a network as a run of rows, with noise, sums over a row and over all rows, and the gradient of its weights. */
public final class RandomRows {
    private static final int[] ROWS = {1, 2, 3, 7, 16, 130, 515, 520};
    private static final int[] HEIGHTS = {1, 1, 2, 4, 5, 17};
    private static final int MOST_VECTORS = 1100;   // more take the reference most of the test's time
    private static final int[] WIDTHS = {1, 2, 3, 4, 8, 20, 37, 64, 128};

    private RandomRows() {
    }

    private static int pick(int[] from, Random random) {
        return from[random.nextInt(from.length)];
    }

    private static View rows(int slot, long... strides) {
        return new View(slot, 0, strides);
    }

    /** Adds a run to a plan. */
    public static void addTo(PlanCase plan, long seed) {
        Random random = Seeds.random(seed);
        DType dtype = random.nextInt(4) == 0 ? DType.FLOAT64 : DType.FLOAT32;
        int rows = pick(ROWS, random), height = pick(HEIGHTS, random);
        addTo(plan, random, dtype, rows, rows * height > MOST_VECTORS ? 1 : height, pick(WIDTHS, random), pick(WIDTHS, random));
    }

    /** Adds one of so many rows, each of {@code height} vectors of {@code k} numbers that become {@code n}. */
    public static void addTo(PlanCase plan, Random random, DType dtype, int rows, int height, int n, int k) {
        int all = rows * height, first = plan.steps.size();
        List<Integer> axes = new ArrayList<>();

        // x = noise + index + table, by rows
        int table = plan.random(dtype, k, true, random), x = plan.slot(dtype, new double[all * k]);
        View place = rows(0, (long) height * k, k, 1);
        plan.steps.add(new LoopStep(new int[]{rows, height, k}, 3, 3,
                List.of(new Instr.Random(dtype, new Draw.Normal(), random.nextInt(100), place),
                        new Instr.Load(dtype, rows(table, 0, 0, 1)),
                        new Instr.Zip(dtype, Binary.ADD, 0, 1), new Instr.Index(dtype, rows(0, 1, 0, 0)),
                        new Instr.Const(dtype, 0.01), new Instr.Zip(dtype, Binary.MUL, 3, 4),
                        new Instr.Zip(dtype, Binary.ADD, 2, 5)),
                List.of(new LoopStep.Store(6, rows(x, (long) height * k, k, 1))), List.of(), "x"));
        axes.add(0);

        // c = x w, or c += x w: the rows are those of x, or matrices of a batch, each perhaps with weights of its own
        int c = product(plan, random, dtype, rows, height, x, k, n);
        int c2 = product(plan, random, dtype, rows, height, x, k, n);
        axes.addAll(List.of(0, 0));

        // y = softplus(c) + c2, with the sums of its columns, and those of c c2, which is not stored
        int y = plan.slot(dtype, new double[all * n]), sums = plan.slot(dtype, new double[n]),
                others = plan.slot(dtype, new double[n]);
        plan.steps.add(new LoopStep(new int[]{rows, height, n}, 0, 2,
                List.of(new Instr.Load(dtype, rows(c, (long) height * n, n, 1)), new Instr.Map(dtype, Unary.SOFTPLUS, 0),
                        new Instr.Load(dtype, rows(c2, (long) height * n, n, 1)), new Instr.Zip(dtype, Binary.ADD, 1, 2),
                        new Instr.Zip(dtype, Binary.MUL, 0, 2)),
                List.of(new LoopStep.Store(3, rows(y, (long) height * n, n, 1))),
                List.of(new LoopStep.Reduction(3, Reducer.SUM, rows(sums, 0, 0, 1)),
                        new LoopStep.Reduction(4, random.nextBoolean() ? Reducer.SUM : Reducer.MAX, rows(others, 0, 0, 1))),
                "y"));
        axes.add(0);

        // z = the sum of each row of y
        int z = plan.slot(dtype, new double[all]);
        plan.steps.add(
                new LoopStep(new int[]{rows, height, n}, 2, 3, List.of(new Instr.Load(dtype, rows(y, (long) height * n, n, 1))),
                        List.of(), List.of(new LoopStep.Reduction(0, Reducer.SUM, rows(z, height, 1, 0))), "z"));
        axes.add(0);

        // the gradient of the weights, were y that of c
        int gradient = plan.slot(dtype, new double[k * n]);
        plan.steps.add(
                new MatMulStep(new int[0], k, n, all, rows(x, 1, k), rows(y, n, 1), rows(gradient, n, 1), false, "gradient"));
        axes.add(2);

        plan.runs.add(new RowRun(first, rows, axes));
    }

    /** Its result's slot. */
    private static int product(PlanCase plan, Random random, DType dtype, int rows, int height, int x, int k, int n) {
        int all = rows * height, c = plan.random(dtype, all * n, true, random);
        boolean transposed = random.nextBoolean(), batch = random.nextBoolean(), each = batch && random.nextBoolean();
        int w = plan.random(dtype, k * n * (each ? rows : 1), true, random);
        long[] across = transposed ? new long[]{1, k} : new long[]{n, 1};
        plan.steps.add(batch
                ? new MatMulStep(new int[]{rows}, height, n, k, rows(x, (long) height * k, k, 1),
                        rows(w, each ? (long) k * n : 0, across[0], across[1]), rows(c, (long) height * n, n, 1),
                        random.nextInt(3) == 0, "product")
                : new MatMulStep(new int[0], all, n, k, rows(x, k, 1), rows(w, across), rows(c, n, 1), random.nextInt(3) == 0,
                        "product"));
        return c;
    }
}
