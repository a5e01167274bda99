package dev.joule.core.plan;

import java.util.List;
import java.util.Random;

import dev.joule.core.DType;

/**
 * A convolution of images, and the gradient of its weights: products that read the windows where they lie, and the same of windows that have
 * been written out.
 */
public final class RandomWindows {
    private static final int[] COLUMNS = {1, 3, 8, 16, 20, 64}, ROWS = {1, 2, 7, 16, 33};
    private static final DType F = DType.FLOAT32;

    private final PlanCase plan;
    private final Random random;
    private final int images, channels, height, width, columns;   // height and width are of the windows, not of the images
    private final int kernel, step;

    /** Slots whose contents are to be the same. */
    public record Same(int windows, int written) {
    }

    private RandomWindows(PlanCase plan, long seed) {
        this.plan = plan;
        this.random = Seeds.random(seed);
        this.images = ROWS[random.nextInt(ROWS.length)];
        this.channels = random.nextInt(1, 5);
        this.height = random.nextInt(1, 6);
        this.width = random.nextInt(1, 12);
        this.columns = COLUMNS[random.nextInt(COLUMNS.length)];
        this.kernel = random.nextInt(1, 5);
        this.step = random.nextInt(1, 4);
    }

    /** Adds them to a plan; as a run of rows, an image each, if so asked. */
    public static List<Same> addTo(PlanCase plan, long seed, boolean run) {
        return new RandomWindows(plan, seed).add(run);
    }

    private List<Same> add(boolean run) {
        int first = plan.steps.size(), depth = kernel * kernel * channels, all = images * height * width;
        int length = (width - 1) * step + kernel, line = length * channels;
        long image = (long) ((height - 1) * step + kernel) * line;
        int x = plan.random(F, (int) image * images, true, random), written = plan.slot(F, new double[all * depth]);
        View w = weights(depth);

        // [image, y, x, row of the window, number in that row]
        int[] domain = {images, height, width, kernel, kernel * channels};
        View windows = new View(x, 0, new long[]{image, (long) step * line, (long) step * channels, line, 1});
        View out = new View(written, 0,
                new long[]{(long) height * width * depth, (long) width * depth, depth, kernel * channels, 1});
        plan.steps.add(
                new LoopStep(domain, 5, 5, List.of(new Instr.Load(F, windows)), List.of(new LoopStep.Store(0, out)), List.of(),
                        "windows"));

        int c = result(all), d = result(all), gradient = result(depth), other = result(depth);
        int[] none = {}, pixels = {images, height, width}, places = {kernel, kernel * channels};
        boolean adds = random.nextBoolean();
        plan.steps.add(new MatMulStep(none, pixels, columns, places, windows, w, matrix(c), adds, "reads windows"));
        plan.steps.add(new MatMulStep(none, all, columns, depth, new View(written, 0, new long[]{depth, 1}), w, matrix(d), adds,
                "reads what was written"));
        View across = new View(x, 0, new long[]{line, 1, image, (long) step * line, (long) step * channels});
        plan.steps
                .add(new MatMulStep(none, places, columns, pixels, across, matrix(c), matrix(gradient), false, "reads windows"));
        plan.steps.add(
                new MatMulStep(none, depth, columns, all, new View(written, 0, new long[]{1, depth}), matrix(d), matrix(other),
                        false, "reads what was written"));
        if (run) {
            plan.runs.add(new RowRun(first, images, List.of(0, 0, 0, 2, 2)));
        }
        return List.of(new Same(c, d), new Same(gradient, other));
    }

    private View weights(int depth) {
        return new View(plan.random(F, depth * columns, true, random), 0,
                random.nextBoolean() ? new long[]{1, depth} : new long[]{columns, 1});
    }

    private int result(int rows) {
        return plan.slot(F, new double[rows * columns]);
    }

    private View matrix(int slot) {
        return new View(slot, 0, new long[]{columns, 1});
    }
}
