package dev.joule.core.cpu.product;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.joule.core.Devices;
import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomWindows;
import dev.joule.core.plan.RandomWindows.Same;
import dev.joule.core.plan.Seeds;

/** Products that read windows of an array where they lie. */
class WindowProductsTest {
    @Test
    void theReferenceReadsThemAsIfTheyHadBeenWrittenOut() {
        for (long seed : Seeds.of(100)) {
            PlanCase plan = new PlanCase();
            List<Same> pairs = RandomWindows.addTo(plan, seed, false);
            double[][] slots = plan.run(Devices.reference(), 1);
            pairs.forEach(pair -> assertArrayEquals(slots[pair.written()], slots[pair.windows()], Seeds.option(seed)));
        }
    }

    @Test
    void theCpuAgreesWithTheReference() {
        assumeTrue(Devices.cpu(1).readsWindows(), "windows are written out on this machine");
        PlanCase.checkCpu(150, 2e-5, (plan, seed) -> RandomWindows.addTo(plan, seed, false));
    }

    @Test
    void theCpuAgreesWithTheReferenceInRunsOfRows() {
        assumeTrue(Devices.cpu(1).readsWindows(), "windows are written out on this machine");
        PlanCase.checkCpu(150, 2e-5, (plan, seed) -> RandomWindows.addTo(plan, seed, true));
    }
}
