// ./joule run examples/OwnNetwork.java
import static dev.joule.autodiff.Constants.range;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Functions.concat;
import static dev.joule.autodiff.Functions.cos;
import static dev.joule.autodiff.Functions.log;
import static dev.joule.autodiff.Functions.rsqrt;
import static dev.joule.autodiff.Functions.silu;
import static dev.joule.autodiff.Functions.sin;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Functions.where;
import static dev.joule.autodiff.Gradient.gradient;
import static dev.joule.autodiff.Noise.normal;
import static dev.joule.autodiff.Noise.randint;
import static dev.joule.autodiff.Noise.uniform;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.nn.Initialiser;
import dev.joule.autodiff.nn.Layer;
import dev.joule.autodiff.nn.Linear;
import dev.joule.autodiff.optim.Adam;
import dev.joule.core.Devices;
import dev.joule.ed.Energy;
import dev.joule.ed.loss.EnergyDiscrepancy;

static final int CLASSES = 5, WIDTH = 64, BATCH = 256;

/** The energy of a point, given its class: residual layers with layer norm, to which the class comes as a vector of its own. */
record Conditional(Linear in, List<Linear> blocks, Linear out, Expr classes) {
    static Conditional of(int blocks) {
        return new Conditional(Linear.of("in", 2, WIDTH, Initialiser.PYTORCH),
                IntStream.range(0, blocks).mapToObj(i -> Linear.of("block" + i, WIDTH, WIDTH, Initialiser.PYTORCH)).toList(),
                Linear.of("out", WIDTH, 1, Initialiser.PYTORCH), variable("classes", normal(CLASSES, WIDTH)));
    }

    /** @param labels int32 [n]; the energy is of [n, 2], or of [n, m, 2], as energy discrepancy asks for */
    Energy given(Expr labels) {
        return x -> {
            Expr wanted = classes.rows(labels), h = in.at(x).add(x.rank() == 3 ? wanted.expandDims(1) : wanted);
            for (Linear block : blocks) {
                h = h.add(block.at(silu(layerNorm(h))));
            }
            return out.at(h).squeeze(-1);
        };
    }

    List<Expr> parameters() {
        List<Expr> parameters = new ArrayList<>(Layer.parameters(blocks, in, out));
        parameters.add(classes);
        return parameters;
    }
}

static Expr layerNorm(Expr h) {
    Expr centred = h.sub(h.mean(-1).expandDims(-1));
    return centred.mul(rsqrt(square(centred).mean(-1).add(1e-5)).expandDims(-1));
}

/** Hamiltonian Monte Carlo: leapfrog steps, of which each chain takes the end or stays where it was (Neal 2011). */
static Expr hmc(Energy u, Expr start, int steps, double size) {
    Expr momentum = normal(start.shape()), x = start, p = momentum.sub(force(u, x).mul(size / 2));
    for (int step = 1; step <= steps; step++) {
        x = x.add(p.mul(size));
        p = p.sub(force(u, x).mul(step < steps ? size : size / 2));
    }
    Expr gain = u.at(start).add(square(momentum).sum(-1).mul(0.5)).sub(u.at(x)).sub(square(p).sum(-1).mul(0.5));
    return where(log(uniform(gain.shape())).less(gain).expandDims(-1), x, start);
}

static Expr force(Energy u, Expr x) {
    return gradient(u.at(x).sum(), x);
}

/** Class i is around a point of a circle. */
void main() {
    Expr labels = randint(CLASSES, BATCH), angle = labels.mul(2 * Math.PI / CLASSES);
    Expr data = concat(1, cos(angle).expandDims(1), sin(angle).expandDims(1)).mul(2).add(normal(BATCH, 2).mul(0.2));
    Conditional net = Conditional.of(2);
    Expr loss = new EnergyDiscrepancy(0.1, 16, 1).of(net.given(labels), data);

    Expr each = range(CLASSES).broadcast(100, CLASSES).reshape(-1);      // 100 chains for each class
    Expr chains = variable("chains", normal(100 * CLASSES, 2));
    Expr moved = hmc(net.given(each), chains, 5, 0.1), accepted = moved.notEqual(chains).mean();
    try (Store store = new Store(Devices.cpu(), 0);
            Program training = Program.compile(store, List.of(loss), Adam.of(1e-3).minimise(loss, net.parameters()));
            Program sampling = Program.compile(store, List.of(accepted), List.of(new Update(chains, moved)))) {
        training.run(2000);
        sampling.run(300);
        IO.println("loss %.3f, accepted %.2f".formatted(training.scalar(loss), sampling.scalar(accepted)));
        double[] samples = store.get(chains);
        for (int label = 0; label < CLASSES; label++) {
            double x = 0, y = 0;
            for (int chain = 0; chain < 100; chain++) {
                x += samples[2 * (chain * CLASSES + label)] / 100;
                y += samples[2 * (chain * CLASSES + label) + 1] / 100;
            }
            IO.println("class %d: mean %.2f %.2f, of the data %.2f %.2f".formatted(label, x, y,
                    2 * Math.cos(2 * Math.PI * label / CLASSES), 2 * Math.sin(2 * Math.PI * label / CLASSES)));
        }
    }
}
