package dev.joule.core.cpu.product;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.global.openblas_nolapack;

import dev.joule.core.DType;
import dev.joule.core.plan.MatrixLayout;

/** One worker's way to OpenBLAS: three pointers that are set anew for each call, so that a run makes no objects. */
final class Blas {
    private static boolean loaded;

    private final Floats floatA = new Floats(), floatB = new Floats(), floatC = new Floats();
    private final Doubles doubleA = new Doubles(), doubleB = new Doubles(), doubleC = new Doubles();

    private Blas() {
    }

    /**
     * One for each worker. The first time, this loads OpenBLAS, which takes a tenth of a second; many programs do without.
     *
     * @throws IllegalStateException if it cannot be loaded
     */
    static Blas[] forEach(int workers) {
        load();
        return IntStream.range(0, workers).mapToObj(_ -> new Blas()).toArray(Blas[]::new);
    }

    /** OpenBLAS is made to leave threads to us. The preset without LAPACK is small, but lacks the function for that. */
    @SuppressWarnings("restricted")
    private static synchronized void load() {
        if (loaded) {
            return;
        }
        try {
            Loader.load(openblas_nolapack.class);
            SymbolLookup.loaderLookup().find("openblas_set_num_threads")
                    .ifPresentOrElse(Blas::useOneThread, () -> openblas.blas_set_num_threads(1));
            loaded = true;
        } catch (LinkageError | RuntimeException e) {
            throw new IllegalStateException("a product of this program needs OpenBLAS, which cannot be loaded: " + e, e);
        }
    }

    @SuppressWarnings("restricted")
    private static void useOneThread(MemorySegment setThreads) {
        try {
            Linker.nativeLinker().downcallHandle(setThreads, FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT)).invokeExact(1);
        } catch (Throwable e) {
            throw new IllegalStateException("could not set the number of OpenBLAS's threads", e);
        }
    }

    private static int order(MatrixLayout layout) {
        return layout.transposed() ? CblasTrans : CblasNoTrans;
    }

    /** c = a b, or c += a b: row-major c [m, n], a [m, k], b [k, n], by their addresses. */
    void multiply(DType dtype, int m, int n, int k, long a, MatrixLayout aLayout, long b, MatrixLayout bLayout, long c,
            int cStride,
            boolean accumulate) {
        int beta = accumulate ? 1 : 0;
        switch (dtype) {
            case FLOAT32 ->
                cblas_sgemm(CblasRowMajor, order(aLayout), order(bLayout), m, n, k, 1, floatA.at(a), aLayout.stride(),
                        floatB.at(b), bLayout.stride(), beta, floatC.at(c), cStride);
            case FLOAT64 ->
                cblas_dgemm(CblasRowMajor, order(aLayout), order(bLayout), m, n, k, 1, doubleA.at(a), aLayout.stride(),
                        doubleB.at(b), bLayout.stride(), beta, doubleC.at(c), cStride);
            case INT32 -> throw new IllegalArgumentException("matmul of integers");
        }
    }

    private static final class Floats extends FloatPointer {
        Floats() {
            super((Pointer) null);
        }

        Floats at(long address) {
            this.address = address;
            return this;
        }
    }

    private static final class Doubles extends DoublePointer {
        Doubles() {
            super((Pointer) null);
        }

        Doubles at(long address) {
            this.address = address;
            return this;
        }
    }
}
