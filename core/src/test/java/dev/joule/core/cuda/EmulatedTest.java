package dev.joule.core.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.ObjLongConsumer;

import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.memory.Buffer;
import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RandomLoop;
import dev.joule.core.plan.RandomProduct;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Generated kernels, compiled for the host, against the reference. One plan holds many loops, since each plan is compiled once. */
class EmulatedTest {
    private static final long FIRST = Long.getLong("joule.seed", 1);
    private static final int COUNT = Integer.getInteger("joule.cases", 300);
    private static final int AT_ONCE = 50;

    @AfterEach
    void nothingIsLeftOpen() {
        assertEquals(0, Buffer.live());
    }

    private static void check(int count, ObjLongConsumer<PlanCase> adder) {
        Device device = Emulated.require();
        for (long first = FIRST; first < FIRST + count; first += AT_ONCE) {
            PlanCase plan = new PlanCase();
            for (long seed = first; seed < Math.min(FIRST + count, first + AT_ONCE); seed++) {
                adder.accept(plan, seed);
            }
            double[][] results = plan.check("-Djoule.seed=" + first, 2e-5, device);
            plan.same("a second run", results, plan.run(device, 1));
        }
    }

    @Test
    void randomLoopsAgreeWithTheReference() {
        check(COUNT, RandomLoop::addTo);
    }

    @Test
    void randomProductsAgreeWithTheReference() {
        check(250, RandomProduct::addTo);
    }

    @Test
    void randomScatteredSumsAgreeWithTheReference() {
        check(40, RandomProduct::addScatterTo);
    }

    @Test
    void theDeviceIsFoundByName() {
        assertEquals("cuda-emulated", Devices.byName(Emulated.require().name(), 1).name());
    }
}
