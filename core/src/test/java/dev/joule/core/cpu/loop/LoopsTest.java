package dev.joule.core.cpu.loop;

import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomLoop;
import org.junit.jupiter.api.Test;

/** Loops on the cpu against the reference. */
class LoopsTest {
    @Test
    void randomLoopsAgreeWithTheReference() {
        PlanCase.checkCpu(300, 2e-5, RandomLoop::addTo);
    }
}
