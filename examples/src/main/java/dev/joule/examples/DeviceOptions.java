package dev.joule.examples;

import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.Precision;
import dev.joule.core.cuda.driver.DeviceException;
import picocli.CommandLine.Option;

/** Where to run. */
final class DeviceOptions {
    @Option(names = "--device", defaultValue = "cpu", description = "cpu, cuda, cuda:1 …, cuda-emulated or reference (default: ${DEFAULT-VALUE})")
    private String name;

    @Option(names = "--threads", paramLabel = "N", description = "threads of the cpu device (default: one per core)")
    private Integer threads;

    @Option(names = "--products", defaultValue = "float32", description = "how a GPU takes the operands of float32 products: float32, tf32 or bfloat16 (default: ${DEFAULT-VALUE})")
    private Precision products;

    int threads() {
        return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    }

    String name() {
        return name;
    }

    Device open() {
        BadInput.requireAtLeastOne("--threads", threads());
        try {
            return Devices.byName(name, threads(), products);
        } catch (IllegalArgumentException | IllegalStateException | DeviceException e) {
            throw new BadInput(e.getMessage());
        }
    }
}
