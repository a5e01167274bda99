package dev.joule.autodiff;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

import dev.joule.autodiff.planner.Pass;
import dev.joule.autodiff.planner.Planner;
import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Devices;

/** Random expressions give the same values, gradients and updates on each backend, and whatever the planner's passes do. */
@ExtendWith(NoBufferLeft.class)
class RandomGraphsTest {
    private static final int GRAPHS = Integer.getInteger("joule.graphs", 1500);
    /** Compiling them takes a second each. */
    private static final int EMULATED_GRAPHS = 20;
    private static final long FIRST_SEED = Long.getLong("joule.seed", 0);

    @Test
    void passesDoNotChangeResults() {
        Device reference = Devices.reference();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + GRAPHS; seed++) {
            RandomGraph graph = new RandomGraph(seed, DType.FLOAT64);
            List<double[]> plain = run(graph, reference, Pass.NONE);
            for (Pass pass : Pass.values()) {
                compare(seed, graph, pass.word(), plain, run(graph, reference, Set.of(pass)), 1e-9);
            }
            compare(seed, graph, "all passes", plain, run(graph, reference, Pass.ALL), 1e-9);
        }
    }

    @Test
    void backendsAgree() {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + GRAPHS; seed++) {
            for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
                RandomGraph graph = new RandomGraph(seed, dtype);
                List<double[]> expected = run(graph, Devices.reference(), Pass.ALL);
                compare(seed, graph, "cpu " + dtype, expected, run(graph, Devices.cpu(), Pass.ALL),
                        dtype == DType.FLOAT32 ? 2e-4 : 1e-6);   // noise is float32
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> gpusAgree() {
        return Gpus.tests("random graphs", device -> {
            int graphs = device.name().equals("cuda-emulated") ? Math.min(GRAPHS, EMULATED_GRAPHS) : GRAPHS;
            for (long seed = FIRST_SEED; seed < FIRST_SEED + graphs; seed++) {
                for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
                    RandomGraph graph = new RandomGraph(seed, dtype);
                    List<double[]> expected = run(graph, Devices.reference(), Pass.ALL), received = run(graph, device, Pass.ALL);
                    compare(seed, graph, device.name() + " " + dtype, expected, received, dtype == DType.FLOAT32 ? 2e-4 : 1e-6);
                    compare(seed, graph, "a second time", received, run(graph, device, Pass.ALL), 0);
                }
            }
        });
    }

    /** Two runs: outputs of the second, and all variables after it. */
    private static List<double[]> run(RandomGraph graph, Device device, Set<Pass> passes) {
        try (Store store = new Store(device, 1)) {
            store.initialise(graph.variables);
            try (Program program = Program.of(store, Planner.plan(graph.outputs, graph.updates, passes))) {
                program.run(2);
                List<double[]> results = new ArrayList<>();
                graph.outputs.forEach(output -> results.add(program.values(output)));
                graph.variables.forEach(variable -> results.add(store.get(variable)));
                return results;
            }
        }
    }

    private static void compare(long seed, RandomGraph graph, String what, List<double[]> expected, List<double[]> received,
            double tolerance) {
        for (int i = 0; i < expected.size(); i++) {
            for (int j = 0; j < expected.get(i).length; j++) {
                double a = expected.get(i)[j], b = received.get(i)[j];
                if (!(Math.abs(a - b) <= tolerance * (1 + Math.abs(a)))) {
                    fail("%s: result %d[%d]: expected %.9g, received %.9g. Replay with -Djoule.seed=%d -Djoule.graphs=1; %s"
                            .formatted(what, i, j, a, b, seed, graph));
                }
            }
        }
    }
}
