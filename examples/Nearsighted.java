// ./joule run examples/Nearsighted.java
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Functions.concat;
import static dev.joule.autodiff.Functions.log;
import static dev.joule.autodiff.Functions.logSumExp;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Noise.bernoulli;
import static dev.joule.autodiff.Noise.normal;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.core.Devices;
import dev.joule.ed.Energy;
import dev.joule.ed.Loss;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.ed.loss.ScoreMatching;

static final double TRUTH = 0.2;

/** The energy of weight N(-5, 1) + (1 - weight) N(5, 1). */
static Energy mixture(Expr weight) {
    return x -> logSumExp(concat(-1, log(weight).sub(square(x.add(5)).mul(0.5)),
            log(weight.neg().add(1)).sub(square(x.sub(5)).mul(0.5))), -1).neg();
}

/**
 * The paper's example of nearsightedness: losses of a mixture of two Gaussians far apart, for wrong and right weights of theirs. The score around
 * one Gaussian knows nothing of the other, so score matching sees no difference; energy discrepancy does, the more it perturbs.
 */
void main() {
    int n = 65_536;
    Expr weight = variable("weight", constant(TRUTH));
    Expr x = normal(n, 1).add(5).sub(bernoulli(TRUTH, n, 1).mul(10));
    List<Loss> losses = List.of(new ScoreMatching(), new EnergyDiscrepancy(2, 4, 1), new EnergyDiscrepancy(4, 4, 1),
            new EnergyDiscrepancy(8, 4, 1), new EnergyDiscrepancy(32, 4, 1));
    List<Expr> values = losses.stream().map(loss -> loss.of(mixture(weight), x)).toList();
    try (Store store = new Store(Devices.cpu(), 0); Program look = Program.compile(store, values, List.of())) {
        DoubleFunction<double[]> at = value -> {
            store.set(weight, value);
            look.rewind(0);   // the same data and noise each time
            look.run();
            return values.stream().mapToDouble(look::scalar).toArray();
        };
        double[] least = at.apply(TRUTH);
        IO.println("How much larger a loss is than at the true weight, %.1f:%n  weight      SM  ED t=2     t=4     t=8    t=32".formatted(TRUTH));
        for (double value : new double[]{0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 0.98}) {
            double[] now = at.apply(value);
            IO.println("%8.2f".formatted(value) + IntStream.range(0, now.length)
                    .mapToObj(loss -> "%8.3f".formatted(now[loss] - least[loss])).collect(Collectors.joining()));
        }
    }
}
