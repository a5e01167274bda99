package dev.joule.core.cuda.driver;

import static dev.joule.core.cuda.driver.Native.checkCublas;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F_FAST_16BF;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F_FAST_TF32;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_64F;
import static org.bytedeco.cuda.global.cublas.CUBLAS_GEMM_DEFAULT;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_N;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_T;
import static org.bytedeco.cuda.global.cublas.cublasCreate_v2;
import static org.bytedeco.cuda.global.cublas.cublasDestroy_v2;
import static org.bytedeco.cuda.global.cublas.cublasGemmStridedBatchedEx;
import static org.bytedeco.cuda.global.cublas.cublasSetStream_v2;
import static org.bytedeco.cuda.global.cublas.cublasSetWorkspace_v2;

import java.util.List;

import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

import dev.joule.core.DType;
import dev.joule.core.Precision;
import dev.joule.core.cuda.schedule.Gemm;

/** cuBLAS on one stream, in a workspace of its own: so graphs can be captured, and results repeat to the bit. */
final class Cublas implements AutoCloseable {
    private static final int FLOATS = 0, DOUBLES = 1;   // CUDA_R_32F, CUDA_R_64F

    private final cublasContext handle = new cublasContext();
    private final Precision precision;
    private final FloatPointer floatZero = new FloatPointer(0f), floatOne = new FloatPointer(1f);
    private final DoublePointer doubleZero = new DoublePointer(0d), doubleOne = new DoublePointer(1d);

    Cublas(CUstream_st stream, long workspace, long workspaceBytes, Precision precision) {
        this.precision = precision;
        checkCublas("cublasCreate", cublasCreate_v2(handle));
        try {
            // the stream first: setting it takes the workspace away
            checkCublas("cublasSetStream", cublasSetStream_v2(handle, stream));
            checkCublas("cublasSetWorkspace", cublasSetWorkspace_v2(handle, new Native.At(workspace), workspaceBytes));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** cuBLAS counts by columns, so it sees each row-major matrix transposed: c' = b' a'. */
    void multiply(Gemm call, long a, long b, long c) {
        boolean single = call.dtype() == DType.FLOAT32;
        int type = single ? FLOATS : DOUBLES;
        Pointer accumulate = single ? call.accumulate() ? floatOne : floatZero : call.accumulate() ? doubleOne : doubleZero;
        checkCublas("cublasGemmStridedBatchedEx",
                cublasGemmStridedBatchedEx(handle, call.bLayout().transposed() ? CUBLAS_OP_T : CUBLAS_OP_N,
                        call.aLayout().transposed() ? CUBLAS_OP_T : CUBLAS_OP_N, call.n(), call.m(), call.k(),
                        single ? floatOne : doubleOne,
                        new Native.At(b), type, call.bLayout().stride(), call.bStep(),
                        new Native.At(a), type, call.aLayout().stride(), call.aStep(), accumulate,
                        new Native.At(c), type, call.cStride(), call.cStep(), call.count(), compute(single),
                        CUBLAS_GEMM_DEFAULT));
    }

    private int compute(boolean single) {
        return !single ? CUBLAS_COMPUTE_64F : switch (precision) {
            case FLOAT32 -> CUBLAS_COMPUTE_32F;
            case TF32 -> CUBLAS_COMPUTE_32F_FAST_TF32;
            case BFLOAT16 -> CUBLAS_COMPUTE_32F_FAST_16BF;
        };
    }

    @Override
    public void close() {
        cublasDestroy_v2(handle);
        List.of(floatZero, floatOne, doubleZero, doubleOne).forEach(Pointer::close);
    }
}
