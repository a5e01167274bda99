package dev.joule.core.cpu.rows;

import dev.joule.core.DType;
import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomRows;
import dev.joule.core.plan.Seeds;
import org.junit.jupiter.api.Test;

/** Runs of rows on the cpu against the reference. */
class RandomRowsTest {
    @Test
    void randomRunsOfRowsAgreeWithTheReference() {
        PlanCase.checkCpu(60, 2e-5, RandomRows::addTo);
    }

    /** Of transposed weights of more than 64k numbers, all workers make one copy, and have it together. */
    @Test
    void largeWeightsAreTransposedTogether() {
        PlanCase.checkCpu(6, 2e-5, (plan, seed) -> RandomRows.addTo(plan, Seeds.random(seed),
                DType.FLOAT32, 21, 1, 300, 260));
    }
}
