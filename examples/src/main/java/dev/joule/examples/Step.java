package dev.joule.examples;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Functions.leakyRelu;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Noise.normal;
import static dev.joule.autodiff.Noise.randint;

import java.util.List;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Update;
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
    public static final List<String> NAMES = List.of("ed", "sm", "cd", "latent", "ed-large", "ed-1024");

    private static final int POOL = 65_536;

    /** The samples that a benchmark's step chooses from, on the host. */
    public record Pool(Shape shape, double[] values) {
        public static Pool of(String name, Device device) {
            Expr samples = samples(name, POOL);
            return new Pool(samples.shape(), Eval.eval(samples, device, 0).values());
        }
    }

    /** The step on samples from a pool, chosen anew each time. */
    public static Step of(String name, Pool pool) {
        return of(name, array(DType.FLOAT32, pool.shape(), pool.values()).rows(randint(POOL, batch(name))));
    }

    /** The step on samples that are drawn anew each time. */
    public static Step of(String name) {
        return of(name, samples(name, batch(name)));
    }

    private static Expr samples(String name, int count) {
        return name.equals("latent") ? normal(count, 64) : new Gaussians25().sample(count);
    }

    private static int batch(String name) {
        return switch (name) {
            case "latent" -> 256;
            case "ed-large", "ed-1024" -> 1024;
            default -> 128;
        };
    }

    private static Step of(String name, Expr x) {
        return switch (name) {
            case "ed" -> of(Experiment.network(), new EnergyDiscrepancy(1, 4, 1), x, 0, 1e-3);
            case "sm" -> of(Experiment.network(), new ScoreMatching(), x, 0, 1e-3);
            case "cd" -> of(Experiment.network(), ContrastiveDivergence.notebook(), x, 0, 1e-3);
            case "latent" ->
                of(Mlp.of(z -> leakyRelu(z, 0.2), 64, 200, 200, 200, 1), new EnergyDiscrepancy(0.25, 16, 1), x, 0.5, 5e-5);
            case "ed-large" -> large(256, x);
            case "ed-1024" -> large(1024, x);
            default -> throw new BadInput("unknown loss \"" + name + "\": use " + String.join(", ", NAMES));
        };
    }

    /** Sixteen recoveries of each sample, and four hidden layers. */
    private static Step large(int width, Expr x) {
        return of(Mlp.of(Functions::softplus, 2, width, width, width, width, 1), new EnergyDiscrepancy(1, 16, 1), x, 0, 1e-3);
    }

    /** @param tilt the energy is that of the network plus {@code tilt} |z|² */
    private static Step of(Mlp net, Loss loss, Expr x, double tilt, double rate) {
        Energy energy = tilt == 0 ? Energy.of(net) : z -> net.at(z).squeeze(-1).add(square(z).sum(-1).mul(tilt));
        Expr value = loss.of(energy, x);
        return new Step(net.parameters(), value,
                new Ema(0.999, net.parameters()).follow(Adam.of(rate).minimise(value, net.parameters())));
    }
}
