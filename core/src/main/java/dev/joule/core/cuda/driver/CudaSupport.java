package dev.joule.core.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.Loader;

import dev.joule.core.memory.JavaCpp;

/** Whether this process can use a GPU: the driver, the presets' classes and native libraries, CUDA's own libraries, versions. */
public final class CudaSupport {
    /** The oldest driver that has all that is called: that of CUDA 13.0. */
    private static final int OLDEST_DRIVER = 13_000;
    private static final String DRIVER = System.getProperty("os.name").startsWith("Windows") ? "nvcuda.dll" : "libcuda.so.1";

    private CudaSupport() {
    }

    /** The answer, once for the process: a second try to load what is missing fails in other words. */
    private static final class Once {
        private static final Optional<String> PROBLEM = probe();
    }

    /** Why no GPU can be used, if none can. */
    public static Optional<String> problem() {
        return Once.PROBLEM;
    }

    /** How many GPUs there are. */
    public static int count() {
        if (problem().isPresent()) {
            return 0;
        }
        int[] count = new int[1];
        Native.check("cuDeviceGetCount", cudart.cuDeviceGetCount(count));
        return count[0];
    }

    private static Optional<String> probe() {
        if (!driverLoads()) {
            return Optional.of("no NVIDIA driver: " + DRIVER + " cannot be loaded; install the driver of a GPU, for CUDA 13.0"
                    + " or later, or choose the device cpu");
        }
        try {
            Class.forName("org.bytedeco.cuda.global.cudart", false, CudaSupport.class.getClassLoader());
        } catch (ClassNotFoundException _) {
            return Optional
                    .of("org.bytedeco:cuda is not on the class path: add it, and its natives for this platform (docs/cuda.md)");
        }
        try {
            JavaCpp.liftLimits();
            return presets();
        } catch (LinkageError | RuntimeException e) {
            return Optional.of("CUDA cannot be loaded: " + e.getMessage());
        }
    }

    @SuppressWarnings("restricted")
    private static boolean driverLoads() {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(DRIVER, arena);
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static Optional<String> presets() {
        Optional<String> missing = load(cudart.class, "the CUDA runtime").or(() -> load(nvrtc.class, "NVRTC"))
                .or(() -> load(cublas.class, "cuBLAS"));
        if (missing.isPresent()) {
            return missing;
        }
        int answer = cudart.cuInit(0);
        if (answer != cudart.CUDA_SUCCESS) {
            return Optional.of("the NVIDIA driver does not start: " + Native.error(answer));
        }
        int[] value = new int[1];
        Native.check("cuDriverGetVersion", cudart.cuDriverGetVersion(value));
        if (value[0] < OLDEST_DRIVER) {
            return Optional.of("the NVIDIA driver is for CUDA %d.%d, and must be for 13.0 or later".formatted(value[0] / 1000,
                    value[0] % 1000 / 10));
        }
        Native.check("cuDeviceGetCount", cudart.cuDeviceGetCount(value));
        return value[0] > 0 ? Optional.empty() : Optional.of("the NVIDIA driver sees no GPU");
    }

    private static Optional<String> load(Class<?> preset, String name) {
        try {
            Loader.load(preset);
            return Optional.empty();
        } catch (LinkageError | RuntimeException e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            return Optional.of(reason.startsWith("no jni")   // JavaCPP's own part, which calls the library
                    ? "the natives of org.bytedeco:cuda for this platform are not on the class path: add them (docs/cuda.md)"
                    : name + " of CUDA 13 cannot be loaded: " + reason
                            + "; the folder of its libraries must be in LD_LIBRARY_PATH if it is not a usual one");
        }
    }
}
