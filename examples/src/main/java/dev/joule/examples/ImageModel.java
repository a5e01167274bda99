package dev.joule.examples;

import static dev.joule.autodiff.Functions.leakyRelu;
import static dev.joule.autodiff.Functions.tanh;
import static dev.joule.autodiff.Noise.normal;

import java.util.ArrayList;
import java.util.List;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.nn.ConvTranspose2d;
import dev.joule.autodiff.nn.Initialiser;
import dev.joule.autodiff.nn.Layer;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.autodiff.optim.Adam;
import dev.joule.ed.Energy;
import dev.joule.ed.LatentModel;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.ed.sampler.Langevin;

/**
 * The paper's model of images of 28 x 28 pixels, with the authors' layers, chains, t, M and w: an energy of codes, learned with energy
 * discrepancy, is the prior of a decoder.
 *
 * @param net the energy's, to which |z|²/2 is added
 */
record ImageModel(List<ConvTranspose2d> layers, Mlp net) {
    static final int CODE = 64;
    private static final double DEVIATION = 0.3;
    private static final Langevin POSTERIOR = new Langevin(20, 0.005, 0.1);

    /** @param width channels of the decoder's last layer but one; the layers before have twice and four times as many. The paper's is 256 */
    static ImageModel of(int width) {
        Initialiser first = Initialiser.PYTORCH;
        return new ImageModel(List.of(ConvTranspose2d.of("decoder0", CODE, 4 * width, 4, 1, 0, first),     // to 4 x 4 pixels
                ConvTranspose2d.of("decoder1", 4 * width, 2 * width, 3, 2, 1, first),                      // 7 x 7
                ConvTranspose2d.of("decoder2", 2 * width, width, 4, 2, 1, first),                          // 14 x 14
                ConvTranspose2d.of("decoder3", width, 1, 4, 2, 1, first)),                                 // 28 x 28
                Mlp.of("prior", first, z -> leakyRelu(z, 0.2), CODE, 200, 200, 200, 1));
    }

    LatentModel model() {
        return new LatentModel(Energy.of(net).add(Energy.gaussian(1)), this::decode, DEVIATION);
    }

    /** Codes [n, CODE] to images [n, 28, 28, 1]. */
    Expr decode(Expr z) {
        Expr y = z.reshape(z.size(0), 1, 1, CODE);
        for (ConvTranspose2d layer : layers.subList(0, layers.size() - 1)) {
            y = leakyRelu(layer.at(y), 0.1);
        }
        return tanh(layers.getLast().at(y));
    }

    /** Codes [n, CODE] that images x [n, 28, 28, 1] may have come from. */
    Expr codes(Expr x) {
        return POSTERIOR.from(model().posterior(x), normal(x.size(0), CODE));
    }

    /** |x - G(z)|², the mean of all images. */
    Expr error(Expr x, Expr z) {
        return model().error(x, z).mean();
    }

    /** Of the prior. */
    Expr energyDiscrepancy(Expr z) {
        return new EnergyDiscrepancy(0.25, 16, 1).of(model().prior(), z);
    }

    /** What decoder and prior minimise, each its part: as codes are {@link Expr#detach detached}, neither part depends on the other's parameters. */
    Expr loss(Expr x, Expr z) {
        return error(x, z).mul(0.5 / (DEVIATION * DEVIATION)).add(energyDiscrepancy(z));
    }

    /** @param rate of the decoder; the prior learns half as fast */
    List<Update> updates(Expr loss, double rate) {
        List<Update> updates = new ArrayList<>(Adam.of(rate).withBetas(0.5, 0.999).minimise(loss, Layer.parameters(layers)));
        updates.addAll(Adam.of(rate / 2).withBetas(0.5, 0.999).minimise(loss, net.parameters()));
        return updates;
    }

    List<Expr> parameters() {
        return Layer.parameters(layers, net);
    }
}
