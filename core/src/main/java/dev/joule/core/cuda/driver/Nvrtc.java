package dev.joule.core.cuda.driver;

import static dev.joule.core.cuda.driver.Native.checkNvrtc;
import static org.bytedeco.cuda.global.nvrtc.nvrtcCompileProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcCreateProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcDestroyProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetCUBIN;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetCUBINSize;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetProgramLog;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetProgramLogSize;
import static org.bytedeco.cuda.global.nvrtc.nvrtcVersion;

import java.nio.charset.StandardCharsets;

import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** The compiler of CUDA C that comes with CUDA. */
final class Nvrtc {
    private Nvrtc() {
    }

    static String version() {
        int[] major = new int[1], minor = new int[1];
        checkNvrtc("nvrtcVersion", nvrtcVersion(major, minor));
        return major[0] + "." + minor[0];
    }

    /** @throws DeviceException with what the compiler said, if it refuses the source */
    static byte[] compile(String source, String... options) {
        _nvrtcProgram program = new _nvrtcProgram();
        try (BytePointer text = new BytePointer(source, StandardCharsets.UTF_8);
                BytePointer name = new BytePointer("kernels.cu");
                PointerPointer<BytePointer> given = new PointerPointer<>(options);
                SizeTPointer size = new SizeTPointer(1)) {
            checkNvrtc("nvrtcCreateProgram",
                    nvrtcCreateProgram(program, text, name, 0, (PointerPointer<?>) null, (PointerPointer<?>) null));
            try {
                int answer = nvrtcCompileProgram(program, options.length, given);
                if (answer == nvrtc.NVRTC_ERROR_COMPILATION) {
                    throw new DeviceException("NVRTC does not compile the generated kernels:\n" + log(program, size));
                }
                checkNvrtc("nvrtcCompileProgram", answer);
                checkNvrtc("nvrtcGetCUBINSize", nvrtcGetCUBINSize(program, size));
                byte[] kernels = new byte[Math.toIntExact(size.get())];
                checkNvrtc("nvrtcGetCUBIN", nvrtcGetCUBIN(program, kernels));
                return kernels;
            } finally {
                nvrtcDestroyProgram(program);
            }
        }
    }

    private static String log(_nvrtcProgram program, SizeTPointer size) {
        checkNvrtc("nvrtcGetProgramLogSize", nvrtcGetProgramLogSize(program, size));
        byte[] log = new byte[Math.toIntExact(size.get())];
        checkNvrtc("nvrtcGetProgramLog", nvrtcGetProgramLog(program, log));
        return new String(log, StandardCharsets.UTF_8).split("\0", 2)[0].strip();
    }
}
