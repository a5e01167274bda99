package dev.joule.core.cpu.rows;

import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomRows;
import org.junit.jupiter.api.Test;

/** Runs of rows on the cpu against the reference. */
class RandomRowsTest {
    private static final long FIRST = Long.getLong("joule.seed", 1);
    private static final int COUNT = Integer.getInteger("joule.cases", 60);

    @Test
    void randomRunsOfRowsAgreeWithTheReference() {
        for (long seed = FIRST; seed < FIRST + COUNT; seed++) {
            PlanCase plan = new PlanCase();
            RandomRows.addTo(plan, seed);
            plan.checkCpu("-Djoule.seed=" + seed, 2e-5);
        }
    }
}
