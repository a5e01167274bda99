package dev.joule.core.plan;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

import dev.joule.core.DType;

/** Matrix products and scattered sums of random shape. */
public final class RandomProduct {
    private static final int[] SIZES = {0, 1, 1, 2, 3, 5, 16, 17, 31, 64, 130};

    private RandomProduct() {
    }

    /** Adds a product to a plan. */
    public static void addTo(PlanCase plan, long seed) {
        Random random = Seeds.random(seed);
        int[] batch = random.ints(random.nextInt(3), 1, 5).toArray();
        addTo(plan, random, random.nextInt(4) == 0 ? DType.FLOAT64 : DType.FLOAT32, batch, pick(random), pick(random),
                pick(random));
    }

    /** Adds a scattered sum to a plan, or rows that replace others. */
    public static void addScatterTo(PlanCase plan, long seed) {
        Random random = Seeds.random(seed);
        int count = random.nextInt(seed % 2 == 0 ? 600 : 12);   // so that some rows are met often, and some never
        int width = 1 + random.nextInt(seed % 8 == 0 ? 3000 : 200);   // so wide that workers share it
        int rows = 1 + random.nextInt(20);
        DType dtype = random.nextBoolean() ? DType.FLOAT32 : DType.FLOAT64;
        View index = new View(plan.slot(DType.INT32, random.ints(count + 1, 0, rows).asDoubleStream().toArray()), 0,
                new long[]{1});
        View source = matrix(plan.random(dtype, count * width, true, random), count, width, random.nextBoolean());
        View target = matrix(plan.random(dtype, rows * width, true, random), rows, width, random.nextInt(4) == 0);
        Optional<View> base = switch (random.nextInt(4)) {
            case 0 -> Optional.of(target);
            case 1 -> Optional.of(matrix(plan.random(dtype, rows * width, true, random), rows, width, random.nextBoolean()));
            default -> Optional.empty();
        };
        plan.steps.add(new ScatterStep(count, width, rows, index, source, base, target, "scatter"));
    }

    private static int pick(Random random) {
        return SIZES[random.nextInt(SIZES.length)];
    }

    private static View matrix(int slot, int rows, int columns, boolean transposed) {
        return new View(slot, 0, transposed ? new long[]{1, rows} : new long[]{columns, 1});
    }

    /** Adds a product of given sizes, whose operands lie as they happen to. */
    public static void addTo(PlanCase plan, Random random, DType dtype, int[] batch, int m, int n, int k) {
        plan.steps.add(new MatMulStep(batch, m, n, k, operand(plan, dtype, batch, m, k, true, random),
                operand(plan, dtype, batch, k, n, true, random), operand(plan, dtype, batch, m, n, false, random),
                random.nextInt(3) == 0, "matmul"));
    }

    /** A batch of matrices with random transposition, gaps between rows, and (if it is only read) repetition along the batch. */
    private static View operand(PlanCase plan, DType dtype, int[] batch, int rows, int columns, boolean read, Random random) {
        boolean transposed = read && random.nextBoolean();
        int gap = random.nextInt(3) == 0 ? 3 : 0;
        int stride = (transposed ? rows : columns) + gap;
        long[] strides = new long[batch.length + 2];
        strides[batch.length] = transposed ? 1 : stride;
        strides[batch.length + 1] = transposed ? stride : 1;
        if (rows == 1 && random.nextBoolean()) {
            strides[batch.length] = 77;   // of no meaning
        }
        if (columns == 1 && random.nextBoolean() && !transposed) {
            strides[batch.length + 1] = 0;
        }
        int count = stride * (transposed ? columns : rows) + 1;
        for (int axis = batch.length - 1; axis >= 0; axis--) {
            strides[axis] = read && random.nextInt(3) == 0 ? 0 : count;
            count *= strides[axis] == 0 ? 1 : batch[axis];
        }
        return new View(plan.random(dtype, Math.max(1, count), true, random), 0, Arrays.copyOf(strides, strides.length));
    }
}
