package dev.joule.examples;

import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Noise.normal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.core.Device;
import dev.joule.ed.picture.ImageSheet;
import dev.joule.ed.picture.ImageSheet.Sheet;
import dev.joule.ed.sampler.Langevin;
import dev.joule.ed.train.Trainer;

/** Trains a decoder and its prior, and shows what they know: images, what is decoded of their codes, and what of codes from the prior. */
final class ImagePrior implements AutoCloseable {
    private static final int SHOWN = 64, SAMPLER_STEPS = 500;
    /** A step of the authors' sampler. */
    private static final Langevin SAMPLER = new Langevin(1, 0.02, 0.2);

    private final ImageModel model;
    private final Store store;
    private final Trainer trainer;
    private final Expr images, decoded, error, discrepancy;
    private final Program look;

    ImagePrior(ImageData data, int width, double rate, int batch, Device device, long seed) {
        model = ImageModel.of(width);
        store = new Store(device, seed);
        Expr x = data.batch(batch), loss = model.loss(x, model.codes(x));
        trainer = new Trainer(store, loss, model.updates(loss, rate));
        images = data.batch(SHOWN);
        Expr codes = model.codes(images);
        decoded = model.decode(codes);
        error = model.error(images, codes);
        discrepancy = model.energyDiscrepancy(codes);
        look = Program.compile(store, List.of(images, decoded, error, discrepancy), List.of());
    }

    void run(long total, RunOptions options, MetricsFile metrics, Interrupt interrupt) throws IOException {
        try (Progress progress = new Progress("images", total, options.quiet())) {
            new Training(trainer, total, options.every(), interrupt).run(() -> {
                look.rewind(0);   // at the same images, with the same noise
                look.run();
                metrics.add("%d,%.3f,%.6g,%.6g,%.6g", trainer.step(), trainer.seconds(), trainer.loss(), error(),
                        look.scalar(discrepancy));
                progress.at(trainer.step(), trainer.loss(), error());
            });
        }
    }

    long step() {
        return trainer.step();
    }

    double seconds() {
        return trainer.seconds();
    }

    /** |x - G(z)|² at the last measurement, the mean of some images. */
    double error() {
        return look.scalar(error);
    }

    void draw(Path file) throws IOException {
        Expr chains = variable("chains", normal(SHOWN, ImageModel.CODE));
        Update step = new Update(chains, SAMPLER.from(model.model().prior(), chains));
        try (Program sampler = Program.compile(store, List.of(), List.of(step))) {
            sampler.run(SAMPLER_STEPS);
        }
        double[] samples = Eval.eval(model.decode(chains), store).values();
        ImageSheet.write(file, ImageData.SIDE, List.of(new Sheet("images", look.values(images)),
                new Sheet("decoded of their codes", look.values(decoded)), new Sheet("samples", samples)));
    }

    void save(Path file) throws IOException {
        Outputs.save(file, store, model.parameters(), parameter -> parameter);
    }

    @Override
    public void close() {
        trainer.close();
        store.close();
    }
}
