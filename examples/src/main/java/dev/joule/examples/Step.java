package dev.joule.examples;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Functions.exp;
import static dev.joule.autodiff.Functions.leakyRelu;
import static dev.joule.autodiff.Functions.silu;
import static dev.joule.autodiff.Functions.softplus;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Noise.normal;
import static dev.joule.autodiff.Noise.randint;
import static dev.joule.autodiff.Noise.uniform;

import java.util.List;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.nn.Conv2d;
import dev.joule.autodiff.nn.Initialiser;
import dev.joule.autodiff.nn.Layer;
import dev.joule.autodiff.nn.Linear;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.autodiff.optim.Adam;
import dev.joule.autodiff.optim.Ema;
import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Shape;
import dev.joule.ed.Energy;
import dev.joule.ed.Loss;
import dev.joule.ed.data.Gaussians25;
import dev.joule.ed.loss.ContrastiveDivergence;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.ed.loss.ScoreMatching;

/** A whole training step as the peers' benchmarks have it: the loss of a batch, its gradient, Adam, a moving average. */
public record Step(List<Expr> parameters, Expr loss, List<Update> updates) {
    static final String ANY = "ed, sm, cd, latent, ed-large, ed-1024, ed-small, ed-300, decoder, conv, images";
    public static final List<String> NAMES = List.of(ANY.split(", "));

    private static final int SIDE = 28, PIXELS = SIDE * SIDE, CODE = 20;

    /** The samples that a benchmark's step chooses from, on the host. */
    public record Pool(Shape shape, double[] values) {
        public static Pool of(String name, Device device) {
            Expr samples = samples(name, size(name));
            return new Pool(samples.shape(), Eval.eval(samples, device, 0).values());
        }
    }

    /** The step on samples from a pool, chosen anew each time. */
    public static Step of(String name, Pool pool) {
        return of(name, array(DType.FLOAT32, pool.shape(), pool.values()).rows(randint(size(name), batch(name))));
    }

    private static int size(String name) {
        return isOfImages(name) ? 4096 : 65_536;
    }

    /** The step on samples that are drawn anew each time. */
    public static Step of(String name) {
        return of(name, samples(name, batch(name)));
    }

    private static boolean isOfImages(String name) {
        return name.equals("decoder") || name.equals("conv") || name.equals("images");
    }

    private static Expr samples(String name, int count) {
        return switch (name) {
            case "latent" -> normal(count, 64);
            case "decoder", "conv", "images" -> uniform(count, PIXELS);
            default -> new Gaussians25().sample(count);
        };
    }

    private static int batch(String name) {
        return switch (name) {
            case "latent", "ed-300" -> 256;
            case "ed-small", "conv" -> 32;
            case "ed-large", "ed-1024" -> 1024;
            default -> 128;
        };
    }

    private static Step of(String name, Expr x) {
        return switch (name) {
            case "ed" -> of(Experiment.network(), new EnergyDiscrepancy(1, 4, 1), x, 1e-3);
            case "sm" -> of(Experiment.network(), new ScoreMatching(), x, 1e-3);
            case "cd" -> of(Experiment.network(), ContrastiveDivergence.notebook(), x, 1e-3);
            case "latent" -> prior(x);
            case "ed-large" -> large(256, x);
            case "ed-1024" -> large(1024, x);
            case "ed-small" -> of(Mlp.of(Functions::relu, 2, 64, 64, 64, 1), new EnergyDiscrepancy(1, 4, 1), x, 1e-3);
            case "ed-300" -> of(Mlp.of(Functions::silu, 2, 300, 300, 300, 1), new EnergyDiscrepancy(1, 4, 1), x, 1e-3);
            case "decoder" -> decoder(x);
            case "conv" -> conv(x.reshape(batch(name), SIDE, SIDE, 1));
            case "images" -> images(x.reshape(batch(name), SIDE, SIDE, 1).mul(2).sub(1));
            default -> throw new BadInput("unknown loss \"" + name + "\": use " + ANY);
        };
    }

    /** A variational autoencoder of images in [0, 1] (Kingma and Welling 2014): what an energy of codes is the prior of, later. */
    private static Step decoder(Expr x) {
        Mlp encoder = Mlp.of("encoder", Initialiser.PYTORCH, Functions::relu, PIXELS, 400, 2 * CODE),
                decoder = Mlp.of("decoder", Initialiser.PYTORCH, Functions::relu, CODE, 400, PIXELS);
        Expr code = encoder.at(x), mean = code.slice(1, 0, CODE), logVariance = code.slice(1, CODE, 2 * CODE);
        Expr z = mean.add(exp(logVariance.mul(0.5)).mul(normal(mean.shape()))), logit = decoder.at(z);
        Expr image = softplus(logit).sub(logit.mul(x)).sum(-1);   // -log p(x|z), of Bernoulli pixels
        Expr divergence = square(mean).add(exp(logVariance)).sub(1).sub(logVariance).sum(-1).mul(0.5);   // KL(q(z|x) | N(0, 1))
        return of(Layer.parameters(encoder, decoder), image.add(divergence).mean(), 1e-3);
    }

    /** An energy of images: three convolutions, of which the last two halve an image's sides. */
    private static Step conv(Expr x) {
        List<Conv2d> layers = List.of(Conv2d.of("conv0", 1, 16, 3, 1, 1, Initialiser.PYTORCH),
                Conv2d.of("conv1", 16, 32, 3, 2, 1, Initialiser.PYTORCH),
                Conv2d.of("conv2", 32, 64, 3, 2, 1, Initialiser.PYTORCH));
        int features = SIDE / 4 * SIDE / 4 * 64;
        Linear last = Linear.of("last", features, 1, Initialiser.PYTORCH);
        Energy energy = images -> {
            Expr y = images;
            for (Conv2d layer : layers) {
                y = silu(layer.at(y));
            }
            return last.at(y.reshape(images.shape().slice(0, images.rank() - 3).concat(Shape.of(features)))).squeeze(-1);
        };
        return of(Layer.parameters(layers, last), new EnergyDiscrepancy(0.25, 4, 1).of(energy, x), 1e-3);
    }

    /** A decoder and the energy of its codes. */
    private static Step images(Expr x) {
        ImageModel model = ImageModel.of(32);
        return of(model.parameters(), model.loss(x, model.codes(x)), 1e-3);
    }

    /** Sixteen recoveries of each sample, and four hidden layers. */
    private static Step large(int width, Expr x) {
        return of(Mlp.of(Functions::softplus, 2, width, width, width, width, 1), new EnergyDiscrepancy(1, 16, 1), x, 1e-3);
    }

    /** The energy of codes, as the prior of a decoder. */
    private static Step prior(Expr x) {
        Mlp net = Mlp.of(z -> leakyRelu(z, 0.2), 64, 200, 200, 200, 1);
        Energy energy = Energy.of(net).add(Energy.gaussian(1));
        return of(net.parameters(), new EnergyDiscrepancy(0.25, 16, 1).of(energy, x), 5e-5);
    }

    private static Step of(Mlp net, Loss loss, Expr x, double rate) {
        return of(net.parameters(), loss.of(Energy.of(net), x), rate);
    }

    private static Step of(List<Expr> parameters, Expr loss, double rate) {
        return new Step(parameters, loss, new Ema(0.999, parameters).follow(Adam.of(rate).minimise(loss, parameters)));
    }
}
