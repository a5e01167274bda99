package dev.joule.autodiff;

import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import dev.joule.autodiff.planner.Pass;
import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Devices;

/** Random expressions give the same values, gradients and updates whatever the planner's passes do. */
@ExtendWith(NoBufferLeft.class)
class RandomPassesTest {
    /** Each is planned for each pass. */
    private static final int GRAPHS = Math.ceilDiv(RandomGraph.GRAPHS, 3);

    @Test
    void passesDoNotChangeResults() {
        Device reference = Devices.reference();
        for (long seed = RandomGraph.FIRST_SEED; seed < RandomGraph.FIRST_SEED + GRAPHS; seed++) {
            RandomGraph graph = new RandomGraph(seed, DType.FLOAT64);
            List<double[]> plain = graph.run(reference, Pass.NONE);
            for (Pass pass : Pass.values()) {
                graph.compare(pass.word(), plain, graph.run(reference, Set.of(pass)), 1e-9);
            }
            graph.compare("all passes", plain, graph.run(reference, Pass.ALL), 1e-9);
        }
    }
}
