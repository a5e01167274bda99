package dev.joule.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.autodiff.optim.Adam;
import dev.joule.autodiff.optim.Ema;
import dev.joule.core.Device;
import dev.joule.ed.Energy;
import dev.joule.ed.Loss;
import dev.joule.ed.data.Distribution;
import dev.joule.ed.metric.LogDensityError;
import dev.joule.ed.picture.Curve;
import dev.joule.ed.picture.Grid;
import dev.joule.ed.picture.Panel;
import dev.joule.ed.train.NotFinite;
import dev.joule.ed.train.Trainer;

/** One loss of a comparison: trains an energy with it, and measures the moving average of its parameters on the way. */
final class Contest implements AutoCloseable {
    /** The authors' numbers. */
    private static final double RATE = 1e-3, DECAY = 0.999;

    private final String name;
    private final Distribution data;
    private final Store store;
    private final Mlp net = Experiment.network();
    private final Ema average = new Ema(DECAY, net.parameters());
    private final Energy energy = Energy.of(net);
    private final Trainer trainer;
    private final Expr error;
    private final Program metric;
    private final List<Double> steps = new ArrayList<>(), errors = new ArrayList<>();

    Contest(String name, Loss loss, Distribution data, int batch, Device device, long seed) {
        this.name = name;
        this.data = data;
        this.store = new Store(device, seed);
        Expr value = loss.of(energy, data.sample(batch));
        this.trainer = new Trainer(store, value, average.follow(Adam.of(RATE).minimise(value, net.parameters())));
        this.error = average.average(LogDensityError.PAPER.of(energy, data));
        this.metric = Program.compile(store, error);
    }

    /** Trains for the given steps, and measures on the way. */
    void run(long total, RunOptions options, MetricsFile metrics, Interrupt interrupt) throws IOException {
        try (Progress progress = new Progress(name, total, options.quiet())) {
            new Training(trainer, total, options.every(), interrupt).run(() -> {
                metric.run();
                double mse = metric.scalar(error);
                steps.add((double) trainer.step());
                errors.add(mse);
                metrics.add("%s,%d,%.3f,%.6g,%.6g", name, trainer.step(), trainer.seconds(), trainer.loss(), mse);
                progress.at(trainer.step(), trainer.loss(), mse);
            });
        } catch (NotFinite e) {
            System.err.println("joule: " + name + ": " + e.getMessage());
            throw e;
        }
    }

    /** Whether there is anything to show. */
    boolean hasBegun() {
        return trainer.step() > 0;
    }

    Result result() {
        return new Result(trainer.step(), trainer.seconds(), trainer.step() / trainer.seconds(),
                errors.isEmpty() ? Double.NaN : errors.getLast());
    }

    Curve curve() {
        return new Curve(Experiment.title(name), List.copyOf(steps), List.copyOf(errors));
    }

    /** The learned density. */
    Panel panel(Grid grid) {
        Expr logDensity = average.average(energy.at(grid.points())).neg();
        return new Panel(Experiment.title(name), grid.density(Eval.eval(logDensity, store).values()));
    }

    /** The true one. */
    Panel truth(Grid grid) {
        return new Panel("true density", grid.density(Eval.eval(data.logDensity(grid.points()), store).values()));
    }

    /** Writes the averaged parameters: layer0.weights [in, out], layer0.biases [out], … */
    void save(Path file) throws IOException {
        Outputs.save(file, store, net.parameters(), average.averages()::get);
    }

    @Override
    public void close() {
        trainer.close();
        store.close();
    }
}
