package dev.joule.core.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.joule.core.Devices;
import dev.joule.core.cpu.vector.FloatLoops;
import org.junit.jupiter.api.Test;

class CpuSupportTest {
    @Test
    void refusesAPropertyThatMakesNoSense() {
        Devices.cpu(1).description();   // what looks at the property once does so now
        FloatLoops.of("add");
        String before = System.getProperty("joule.machine", "on");
        System.setProperty("joule.machine", "no");
        try {
            assertEquals("joule.machine: \"no\" is neither on nor off",
                    assertThrows(IllegalArgumentException.class, () -> Devices.cpu(1)).getMessage());
        } finally {
            System.setProperty("joule.machine", before);
        }
    }
}
