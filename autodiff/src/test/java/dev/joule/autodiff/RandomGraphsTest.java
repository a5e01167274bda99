package dev.joule.autodiff;

import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

import dev.joule.autodiff.planner.Pass;
import dev.joule.core.DType;
import dev.joule.core.Devices;

/** Random expressions give the same values, gradients and updates on each backend. */
@ExtendWith(NoBufferLeft.class)
class RandomGraphsTest {
    /** Compiling them takes a second each. */
    private static final int EMULATED_GRAPHS = 20;

    @Test
    void backendsAgree() {
        for (long seed = RandomGraph.FIRST_SEED; seed < RandomGraph.FIRST_SEED + RandomGraph.GRAPHS; seed++) {
            for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
                RandomGraph graph = new RandomGraph(seed, dtype);
                List<double[]> expected = graph.run(Devices.reference(), Pass.ALL);
                graph.compare("cpu " + dtype, expected, graph.run(Devices.cpu(), Pass.ALL),
                        dtype == DType.FLOAT32 ? 2e-4 : 5e-6);   // noise is float32
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> gpusAgree() {
        return Gpus.tests("random graphs", device -> {
            int graphs = device.name().equals("cuda-emulated") ? Math.min(RandomGraph.GRAPHS, EMULATED_GRAPHS)
                    : RandomGraph.GRAPHS;
            for (long seed = RandomGraph.FIRST_SEED; seed < RandomGraph.FIRST_SEED + graphs; seed++) {
                for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
                    RandomGraph graph = new RandomGraph(seed, dtype);
                    List<double[]> expected = graph.run(Devices.reference(), Pass.ALL), received = graph.run(device, Pass.ALL);
                    graph.compare(device.name() + " " + dtype, expected, received, dtype == DType.FLOAT32 ? 2e-4 : 5e-6);
                    graph.compare("a second time", received, graph.run(device, Pass.ALL), 0);
                }
            }
        });
    }
}
