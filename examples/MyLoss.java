// ./joule run examples/MyLoss.java
import static dev.joule.autodiff.Functions.softplus;
import static dev.joule.autodiff.Noise.normal;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.autodiff.optim.Adam;
import dev.joule.core.Devices;
import dev.joule.ed.Energy;
import dev.joule.ed.Loss;
import dev.joule.ed.data.Gaussians25;

void main() {
    Loss mine = (energy, x) -> {
        Expr noisy = x.add(normal(x.shape()).mul(0.5));
        return softplus(energy.at(x).sub(energy.at(noisy))).mean();
    };
    Mlp net = Mlp.of(Functions::softplus, 2, 128, 128, 1);
    Expr loss = mine.of(Energy.of(net), new Gaussians25().sample(128));
    try (Store store = new Store(Devices.cpu(), 0);
            Program step = Program.compile(store, List.of(loss), Adam.of(1e-3).minimise(loss, net.parameters()))) {
        step.run(1000);
        IO.println("loss " + step.scalar(loss));
    }
}
