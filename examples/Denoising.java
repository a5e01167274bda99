// ./joule run examples/Denoising.java
import static dev.joule.autodiff.Constants.range;
import static dev.joule.autodiff.Functions.silu;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Gradient.gradient;
import static dev.joule.autodiff.Noise.normal;
import static dev.joule.autodiff.Noise.uniform;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.nn.Conv2d;
import dev.joule.autodiff.nn.Initialiser;
import dev.joule.autodiff.nn.Layer;
import dev.joule.autodiff.nn.Linear;
import dev.joule.autodiff.optim.Adam;
import dev.joule.core.Devices;
import dev.joule.ed.Energy;

static final int SIDE = 16, BATCH = 64;
static final double NOISE = 0.5;

/** The energy of images [n, h, w, 1]: convolutions, of which the last two halve the sides. */
record Convolutional(List<Conv2d> layers, Linear out) implements Energy {
    static Convolutional of() {
        return new Convolutional(List.of(Conv2d.of("conv0", 1, 16, 3, 1, 1, Initialiser.PYTORCH),
                Conv2d.of("conv1", 16, 32, 3, 2, 1, Initialiser.PYTORCH), Conv2d.of("conv2", 32, 32, 3, 2, 1, Initialiser.PYTORCH)),
                Linear.of("out", SIDE / 4 * SIDE / 4 * 32, 1, Initialiser.PYTORCH));
    }

    @Override
    public Expr at(Expr x) {
        Expr y = x;
        for (Conv2d layer : layers) {
            y = silu(layer.at(y));
        }
        return out.at(y.reshape(x.size(0), -1)).squeeze(-1);
    }

    List<Expr> parameters() {
        return Layer.parameters(layers, out);
    }
}

/** Discs anywhere, 1 on a ground of 0: [n, h, w, 1]. */
static Expr discs(int n) {
    Expr rows = range(SIDE).reshape(SIDE, 1).sub(uniform(n, 1, 1).mul(SIDE));
    Expr columns = range(SIDE).sub(uniform(n, 1, 1).mul(SIDE)), radius = uniform(n, 1, 1).mul(3).add(3);
    return square(rows).add(square(columns)).less(square(radius)).expandDims(-1);
}

/** One step down the energy's slope: the mean of all images that may have become y by noise (Miyasawa 1961; Vincent 2011). */
static Expr denoised(Energy energy, Expr y) {
    return y.sub(gradient(energy.at(y).sum(), y).mul(NOISE * NOISE));
}

static String line(double[] image, int row) {
    return IntStream.range(0, SIDE).mapToObj(column -> image[row * SIDE + column])
            .map(value -> value > 0.75 ? "██" : value > 0.25 ? "▒▒" : "  ").collect(Collectors.joining());
}

/** Learns to take noise off, which is denoising score matching, and shows an image, the same with noise, and what is left of it. */
void main() {
    Convolutional energy = Convolutional.of();
    Expr x = discs(BATCH), y = x.add(normal(x.shape()).mul(NOISE)), back = denoised(energy, y);
    Expr before = square(y.sub(x)).mean(), loss = square(back.sub(x)).mean();
    try (Store store = new Store(Devices.cpu(), 0);
            Program step = Program.compile(store, List.of(x, y, back, before, loss),
                    Adam.of(2e-3).minimise(loss, energy.parameters()))) {
        step.run(500);
        List<double[]> images = Stream.of(x, y, back).map(step::values).toList();
        for (int row = 0; row < SIDE; row++) {
            int at = row;
            IO.println(images.stream().map(image -> line(image, at)).collect(Collectors.joining(" | ")));
        }
        IO.println("mean squared error with noise %.3f, without %.3f".formatted(step.scalar(before), step.scalar(loss)));
    }
}
