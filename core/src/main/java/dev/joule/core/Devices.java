package dev.joule.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.joule.core.cpu.CpuDevice;
import dev.joule.core.cuda.driver.CudaDriver;
import dev.joule.core.cuda.driver.CudaSupport;
import dev.joule.core.cuda.driver.DeviceException;
import dev.joule.core.cuda.driver.EmulatedDriver;
import dev.joule.core.cuda.driver.KernelCache;
import dev.joule.core.cuda.run.CudaDevice;
import dev.joule.core.reference.ReferenceDevice;

/** All devices, by name. */
public final class Devices {

    /** Whether a device can be used here, and what it is or why it cannot. */
    public record Status(String name, boolean usable, String description) {
    }

    private static final Map<List<Object>, Device> GPUS = new ConcurrentHashMap<>();
    private static final Pattern GPU = Pattern.compile("cuda(?::(\\d{1,4}))?");

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

    /** The first NVIDIA GPU. */
    public static Device cuda() {
        return cuda(0, Precision.FLOAT32);
    }

    /**
     * An NVIDIA GPU.
     *
     * @param index which one, from 0
     * @param products how float32 products take their operands
     * @throws IllegalStateException if there is none that can be used here; the message says what is missing
     */
    public static Device cuda(int index, Precision products) {
        requireCuda(index);
        return GPUS.computeIfAbsent(List.of(index, products),
                _ -> new CudaDevice((index == 0 ? "cuda" : "cuda:" + index) + products(products), new CudaDriver(index, products),
                        KernelCache.ofUser()));
    }

    private static void requireCuda(int index) {
        CudaSupport.problem().ifPresent(problem -> {
            throw new IllegalStateException("cuda: " + problem);
        });
        if (index < 0 || index >= CudaSupport.count()) {
            throw new IllegalArgumentException("cuda:" + index + ": there are " + CudaSupport.count() + " GPUs, counted from 0");
        }
    }

    /** Devices that multiply in different ways have different names. */
    private static String products(Precision products) {
        return products == Precision.FLOAT32 ? "" : " with products in " + products.name().toLowerCase(Locale.ROOT);
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
        return byName(name, threads, Precision.FLOAT32);
    }

    /**
     * @param threads for devices that have threads of ours
     * @param products for GPUs: see {@link #cuda(int, Precision)}; others have float32 only
     */
    public static Device byName(String name, int threads, Precision products) {
        Matcher gpu = GPU.matcher(name);
        if (gpu.matches()) {
            return cuda(gpu.group(1) == null ? 0 : Integer.parseInt(gpu.group(1)), products);
        }
        if (products != Precision.FLOAT32) {
            throw new IllegalArgumentException("products in " + products.name().toLowerCase(Locale.ROOT)
                    + " are for a GPU: the device " + name + " does them in float32");
        }
        return switch (name) {
            case "cpu" -> cpu(threads);
            case "cuda-emulated" -> emulated();
            case "reference" -> reference();
            default -> throw new IllegalArgumentException(
                    "unknown device \"" + name + "\": use cpu, cuda, cuda:1 …, cuda-emulated or reference");
        };
    }

    /** Every device of the library, usable or not. */
    public static List<Status> all() {
        List<Status> all = new ArrayList<>();
        all.add(status("cpu", () -> cpu().description()));
        int gpus = Math.max(1, CudaSupport.count());
        for (int index = 0; index < gpus; index++) {
            int number = index;
            all.add(status(index == 0 ? "cuda" : "cuda:" + index, () -> {
                requireCuda(number);
                return CudaDriver.description(number);
            }));
        }
        all.add(status("cuda-emulated", () -> emulated().description()));
        all.add(status("reference", () -> reference().description()));
        return all;
    }

    private static Status status(String name, Supplier<String> description) {
        try {
            return new Status(name, true, description.get());
        } catch (IllegalStateException | DeviceException e) {
            return new Status(name, false, e.getMessage().replaceFirst("^" + name + ": ", ""));
        }
    }
}
