package dev.joule.core.cuda.driver;

import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** Addresses as the presets want them, and what their calls answer. */
final class Native {
    private Native() {
    }

    /** A pointer to an address that somebody else owns. */
    static final class At extends Pointer {
        At(long address) {
            super((Pointer) null);
            this.address = address;
        }
    }

    /** @throws DeviceException unless a call of the driver went well */
    static void check(String call, int answer) {
        if (answer != cudart.CUDA_SUCCESS) {
            throw new DeviceException(
                    call + ": " + error(answer) + (isLast(answer) ? "; this process can use the GPU no more" : ""));
        }
    }

    /** Whether an error takes the process's context along: each later call answers with it again (the driver's manual, {@code CUresult}). */
    private static boolean isLast(int answer) {
        return switch (answer) {
            case cudart.CUDA_ERROR_ILLEGAL_ADDRESS, cudart.CUDA_ERROR_ILLEGAL_INSTRUCTION, cudart.CUDA_ERROR_MISALIGNED_ADDRESS,
                    cudart.CUDA_ERROR_INVALID_ADDRESS_SPACE, cudart.CUDA_ERROR_INVALID_PC, cudart.CUDA_ERROR_LAUNCH_FAILED,
                    cudart.CUDA_ERROR_LAUNCH_TIMEOUT, cudart.CUDA_ERROR_ASSERT, cudart.CUDA_ERROR_HARDWARE_STACK_ERROR,
                    cudart.CUDA_ERROR_ECC_UNCORRECTABLE, cudart.CUDA_ERROR_CONTAINED, cudart.CUDA_ERROR_TENSOR_MEMORY_LEAK,
                    cudart.CUDA_ERROR_MPS_CLIENT_TERMINATED, cudart.CUDA_ERROR_EXTERNAL_DEVICE ->
                true;
            default -> false;
        };
    }

    static String error(int answer) {
        try (PointerPointer<BytePointer> name = new PointerPointer<>(1);
                PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
            boolean known = cudart.cuGetErrorName(answer, name) == cudart.CUDA_SUCCESS
                    && cudart.cuGetErrorString(answer, text) == cudart.CUDA_SUCCESS;
            return known ? text.get(BytePointer.class, 0).getString() + " (" + name.get(BytePointer.class, 0).getString() + ")"
                    : "error " + answer;
        }
    }

    static void checkCublas(String call, int answer) {
        if (answer != cublas.CUBLAS_STATUS_SUCCESS) {
            throw new DeviceException(call + ": " + cublas.cublasGetStatusName(answer).getString());
        }
    }

    static void checkNvrtc(String call, int answer) {
        if (answer != nvrtc.NVRTC_SUCCESS) {
            throw new DeviceException(call + ": " + nvrtc.nvrtcGetErrorString(answer).getString());
        }
    }
}
