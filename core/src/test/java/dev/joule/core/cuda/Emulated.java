package dev.joule.core.cuda;

import dev.joule.core.Device;
import dev.joule.core.Devices;
import org.junit.jupiter.api.Assumptions;

/** The emulated device, for tests. */
final class Emulated {
    private Emulated() {
    }

    /** The device; where it cannot be had the test is skipped, which its report shows with the reason. */
    static Device require() {
        try {
            return Devices.emulated();
        } catch (IllegalStateException e) {
            return Assumptions.abort(e.getMessage());
        }
    }
}
