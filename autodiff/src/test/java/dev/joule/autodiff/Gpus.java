package dev.joule.autodiff;

import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;

import dev.joule.core.Device;
import dev.joule.core.Devices;

/** The GPUs that tests run on: a real one where there is one, and the emulated one. Those that are not there are reported as skipped. */
final class Gpus {
    private Gpus() {
    }

    /**
     * @throws org.opentest4j.TestAbortedException with the reason, if the device cannot be used here
     * @throws IllegalStateException               in its place, if it must be there: {@code mvn verify -Pcuda}
     */
    static Device require(String name) {
        try {
            return Devices.byName(name, 2);
        } catch (IllegalStateException e) {
            if (name.equals(System.getProperty("joule.required"))) {
                throw e;
            }
            return Assumptions.abort(e.getMessage());
        }
    }

    /** A test for each of them. */
    static Stream<DynamicTest> tests(String name, Consumer<Device> test) {
        return Stream.of("cuda", "cuda-emulated")
                .map(device -> DynamicTest.dynamicTest(device + " " + name, () -> test.accept(require(device))));
    }
}
