package dev.joule.core.cpu.loop;

import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomLoop;
import org.junit.jupiter.api.Test;

/** Loops on the cpu against the reference. */
class LoopsTest {
    private static final long FIRST = Long.getLong("joule.seed", 1);
    private static final int COUNT = Integer.getInteger("joule.cases", 300);

    @Test
    void randomLoopsAgreeWithTheReference() {
        for (long seed = FIRST; seed < FIRST + COUNT; seed++) {
            PlanCase plan = new PlanCase();
            RandomLoop.addTo(plan, seed);
            plan.checkCpu("-Djoule.seed=" + seed, 2e-5);
        }
    }
}
