package dev.joule.core;

import java.util.List;

import dev.joule.core.cpu.CpuDevice;
import dev.joule.core.cpu.CpuSupport;
import dev.joule.core.cuda.driver.EmulatedDriver;
import dev.joule.core.cuda.driver.KernelCache;
import dev.joule.core.cuda.run.CudaDevice;
import dev.joule.core.reference.ReferenceDevice;

/** All devices, by name. */
public final class Devices {

    /** Whether a device can be used here, and what it is or why it cannot. */
    public record Status(String name, boolean usable, String description) {
    }

    private Devices() {
    }

    /** The processor, with a thread for each core. */
    public static Device cpu() {
        return cpu(Runtime.getRuntime().availableProcessors());
    }

    /** @throws IllegalStateException if the JVM was started without what the device needs; the message names the flags */
    public static Device cpu(int threads) {
        return new CpuDevice(threads);
    }

    /** Plain loops in double: slow, simple, and what the others are tested against. */
    public static Device reference() {
        return new ReferenceDevice();
    }

    /**
     * A GPU that is not there: what would run on one, compiled by the system's C++ compiler and run on the host, slowly. It shows on any
     * machine what a GPU is given, and that it is right.
     * @throws IllegalStateException if there is no C++ compiler
     */
    public static Device emulated() {
        return new CudaDevice("cuda-emulated", new EmulatedDriver(), KernelCache.ofUser());
    }

    /** @param threads for devices that have threads of ours */
    public static Device byName(String name, int threads) {
        return switch (name) {
            case "cpu" -> cpu(threads);
            case "reference" -> reference();
            case "cuda-emulated" -> emulated();
            default -> throw new IllegalArgumentException("unknown device \"" + name + "\": use cpu or reference");
        };
    }

    /** Every device of the library, usable or not. */
    public static List<Status> all() {
        return List.of(
                CpuSupport.problem().map(problem -> new Status("cpu", false, problem))
                        .orElseGet(() -> new Status("cpu", true, cpu().description())),
                new Status("cuda", false, "not built yet"),
                new Status("reference", true, reference().description()));
    }
}
