package dev.joule.examples;

import dev.joule.core.Device;
import dev.joule.core.Devices;
import picocli.CommandLine.Option;

/** Where to run. */
final class DeviceOptions {
    @Option(names = "--device", defaultValue = "cpu", description = "cpu or reference (default: ${DEFAULT-VALUE})")
    private String name;

    @Option(names = "--threads", paramLabel = "N", description = "threads of the cpu device (default: one per core)")
    private Integer threads;

    int threads() {
        return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    }

    String name() {
        return name;
    }

    Device open() {
        BadInput.require(threads() >= 1, "--threads is " + threads + ", and must be at least 1");
        try {
            return Devices.byName(name, threads());
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new BadInput(e.getMessage());
        }
    }
}
