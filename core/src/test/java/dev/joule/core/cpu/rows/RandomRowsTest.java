package dev.joule.core.cpu.rows;

import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomRows;
import org.junit.jupiter.api.Test;

/** Runs of rows on the cpu against the reference. */
class RandomRowsTest {
    @Test
    void randomRunsOfRowsAgreeWithTheReference() {
        PlanCase.checkCpu(60, 2e-5, RandomRows::addTo);
    }
}
