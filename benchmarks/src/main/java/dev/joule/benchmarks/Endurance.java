package dev.joule.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

import com.sun.management.ThreadMXBean;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.autodiff.optim.Adam;
import dev.joule.core.Devices;
import dev.joule.core.memory.Buffer;
import dev.joule.ed.Energy;
import dev.joule.ed.data.Gaussians25;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.examples.Step;

/** A long run: whether it becomes slower, makes garbage, or grows. Arguments: a step's name or {@code tiny}, and how many steps. */
public final class Endurance {
    private static final int WINDOW = 1000;

    private Endurance() {
    }

    public static void main(String[] args) throws IOException {
        String name = args[0];
        long steps = Long.parseLong(args[1]);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Expr loss;
        List<Update> updates;
        if (name.equals("tiny")) {
            Mlp net = Mlp.of(Functions::softplus, 2, 8, 1);
            loss = new EnergyDiscrepancy(1, 4, 1).of(Energy.of(net), new Gaussians25().sample(16));
            updates = Adam.of(1e-3).minimise(loss, net.parameters());
        } else {
            Step step = Step.of(name, Step.Pool.of(name, Devices.cpu()));
            loss = step.loss();
            updates = step.updates();
        }
        try (Store store = new Store(Devices.cpu(), 0); Program program = Program.compile(store, List.of(loss), updates)) {
            System.out.println("steps from, steps/s, heap bytes per step, resident MB, native buffers");
            for (long next = 0; next < steps; next += WINDOW) {
                boolean shown = next < 4 * WINDOW || next + WINDOW >= steps || next % (steps / 10 / WINDOW * WINDOW) == 0;
                long bytes = threads.getTotalThreadAllocatedBytes(), start = System.nanoTime();
                program.run(WINDOW);
                double seconds = (System.nanoTime() - start) * 1e-9;
                long allocated = threads.getTotalThreadAllocatedBytes() - bytes;
                if (shown) {
                    System.out.printf(Locale.ROOT, "%d, %.1f, %.1f, %.1f, %d%n", next, WINDOW / seconds,
                            (double) allocated / WINDOW,
                            residentMegabytes(), Buffer.live());
                }
            }
            System.out.println("loss " + program.scalar(loss));
        }
    }

    private static double residentMegabytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmRSS:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024).findFirst().orElse(Double.NaN);
    }
}
