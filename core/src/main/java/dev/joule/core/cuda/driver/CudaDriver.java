package dev.joule.core.cuda.driver;

import static dev.joule.core.cuda.driver.Native.check;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUmemPoolHandle_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

import dev.joule.core.Precision;
import dev.joule.core.cuda.driver.Native.At;
import dev.joule.core.cuda.schedule.Gemm;

/** An NVIDIA GPU by the CUDA driver's API, through JavaCPP. Memory comes from the device's own pool, which keeps what was freed. */
public final class CudaDriver implements Driver {
    private static final int THREADS = 256;
    private static final int HOPPER = 9;
    /** What cuBLAS asks for at most. */
    private static final long HOPPER_WORKSPACE = 32 << 20, WORKSPACE = 8 << 20;
    /** Opening and closing cuBLAS waits for the whole GPU, which spoils what is captured then, through another driver too. */
    private static final ReentrantLock CAPTURING = new ReentrantLock();

    private final int device;
    private final Precision precision;
    private final CUctx_st context = new CUctx_st();
    private final CUmemPoolHandle_st pool = new CUmemPoolHandle_st();
    private final CUstream_st memory = new CUstream_st();
    /** By stream. */
    private final Map<Long, Cublas> products = new HashMap<>();
    private final int capability;
    private volatile boolean closed;

    /** @throws DeviceException if there is no such device, or it cannot be used */
    public CudaDriver(int index, Precision precision) {
        this.precision = precision;
        device = device(index);
        check("cuDevicePrimaryCtxRetain", cudart.cuDevicePrimaryCtxRetain(context, device));
        try {
            enter();
            capability = capability(device);
            check("cuDeviceGetDefaultMemPool", cudart.cuDeviceGetDefaultMemPool(pool, device));
            try (LongPointer everything = new LongPointer(new long[]{-1})) {
                check("cuMemPoolSetAttribute",
                        cudart.cuMemPoolSetAttribute(pool, cudart.CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, everything));
            }
            check("cuStreamCreate", cudart.cuStreamCreate(memory, cudart.CU_STREAM_NON_BLOCKING));
        } catch (RuntimeException | Error e) {
            cudart.cuDevicePrimaryCtxRelease(device);
            throw e;
        }
    }

    /** The context belongs to a thread; each call may come from another one. Nothing that could change threads may follow but the call. */
    private void enter() {
        if (closed) {
            throw new DeviceException("this GPU is closed");
        }
        check("cuCtxSetCurrent", cudart.cuCtxSetCurrent(context));
    }

    private static int device(int index) {
        check("cuInit", cudart.cuInit(0));
        int[] number = new int[1];
        check("cuDeviceGet " + index, cudart.cuDeviceGet(number, index));
        return number[0];
    }

    private static int capability(int device) {
        int[] major = new int[1], minor = new int[1];
        check("cuDeviceGetAttribute",
                cudart.cuDeviceGetAttribute(major, cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device));
        check("cuDeviceGetAttribute",
                cudart.cuDeviceGetAttribute(minor, cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device));
        return 10 * major[0] + minor[0];
    }

    @Override
    public String description() {
        return describe(device) + (precision == Precision.FLOAT32 ? ""
                : ", products in " + precision.name().toLowerCase(Locale.ROOT));
    }

    /** What the GPU with a number is. Nothing is opened on it, so this works also where others have all its memory. */
    public static String description(int index) {
        return describe(device(index));
    }

    private static String describe(int device) {
        byte[] name = new byte[256];
        int[] version = new int[1];
        try (SizeTPointer bytes = new SizeTPointer(1)) {
            check("cuDeviceGetName", cudart.cuDeviceGetName(name, name.length, device));
            check("cuDeviceTotalMem", cudart.cuDeviceTotalMem(bytes, device));
            check("cuDriverGetVersion", cudart.cuDriverGetVersion(version));
            int capability = capability(device);
            return "%s, %.1f GB, compute capability %d.%d, driver for CUDA %d.%d, NVRTC %s".formatted(
                    new String(name, StandardCharsets.UTF_8).split("\0", 2)[0], bytes.get() / 1e9, capability / 10,
                    capability % 10, version[0] / 1000, version[0] % 1000 / 10, Nvrtc.version());
        }
    }

    @Override
    public String kernelKind() {
        int[] version = new int[1];
        check("cuDriverGetVersion", cudart.cuDriverGetVersion(version));
        return String.join(" ", options()) + " driver " + version[0] + " nvrtc " + Nvrtc.version();
    }

    /**
     * Without contraction to fused multiply-adds, which depends on the surroundings: an expression has the same bits in each kernel, so that
     * x == max(x) holds somewhere. CUDA's own functions (expf and its kin) have theirs all the same.
     */
    private String[] options() {
        return new String[]{"--gpu-architecture=sm_" + capability, "--std=c++17", "--fmad=false"};
    }

    @Override
    public long allocate(long bytes) {
        enter();
        long[] address = new long[1];
        int answer = cudart.cuMemAllocAsync(address, bytes, memory);
        if (answer == cudart.CUDA_ERROR_OUT_OF_MEMORY) {
            return 0;
        }
        check("cuMemAllocAsync", answer);
        check("cuMemsetD8Async", cudart.cuMemsetD8Async(address[0], (byte) 0, bytes, memory));
        check("cuStreamSynchronize", cudart.cuStreamSynchronize(memory));
        return address[0];
    }

    @Override
    public void free(long address) {
        enter();
        check("cuMemFreeAsync", cudart.cuMemFreeAsync(address, memory));
    }

    @Override
    public long freeBytes() {
        enter();
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1);
                LongPointer reserved = new LongPointer(1);
                LongPointer used = new LongPointer(1)) {
            check("cuMemGetInfo", cudart.cuMemGetInfo(free, total));
            check("cuMemPoolGetAttribute",
                    cudart.cuMemPoolGetAttribute(pool, cudart.CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT, reserved));
            check("cuMemPoolGetAttribute", cudart.cuMemPoolGetAttribute(pool, cudart.CU_MEMPOOL_ATTR_USED_MEM_CURRENT, used));
            return free.get() + reserved.get() - used.get();
        }
    }

    @Override
    public void upload(long stream, long to, MemorySegment from) {
        enter();
        check("cuMemcpyHtoDAsync", cudart.cuMemcpyHtoDAsync(to, new At(from.address()), from.byteSize(), stream(stream)));
        synchronize(stream);
    }

    @Override
    public void download(long stream, MemorySegment to, long from) {
        enter();
        check("cuMemcpyDtoHAsync", cudart.cuMemcpyDtoHAsync(new At(to.address()), from, to.byteSize(), stream(stream)));
        synchronize(stream);
    }

    @Override
    public void copy(long stream, long to, long from, long bytes) {
        enter();
        check("cuMemcpyDtoDAsync", cudart.cuMemcpyDtoDAsync(to, from, bytes, stream(stream)));
    }

    @Override
    public byte[] compile(String source) {
        return Nvrtc.compile(source, options());
    }

    @Override
    public long load(byte[] kernels) {
        CUmod_st module = new CUmod_st();
        try (BytePointer image = new BytePointer(kernels)) {
            enter();
            check("cuModuleLoadData", cudart.cuModuleLoadData(module, image));
        }
        return module.address();
    }

    @Override
    public void unload(long module) {
        enter();
        check("cuModuleUnload", cudart.cuModuleUnload(new CUmod_st(new At(module))));
    }

    @Override
    public long function(long module, String name) {
        enter();
        CUfunc_st function = new CUfunc_st();
        check("cuModuleGetFunction " + name, cudart.cuModuleGetFunction(function, new CUmod_st(new At(module)), name));
        return function.address();
    }

    private static CUstream_st stream(long stream) {
        return new CUstream_st(new At(stream));
    }

    @Override
    public long workspaceBytes() {
        return capability / 10 >= HOPPER ? HOPPER_WORKSPACE : WORKSPACE;
    }

    @Override
    public synchronized long openStream(long workspace) {
        enter();
        CUstream_st stream = new CUstream_st();
        check("cuStreamCreate", cudart.cuStreamCreate(stream, cudart.CU_STREAM_NON_BLOCKING));
        CAPTURING.lock();
        try {
            products.put(stream.address(), new Cublas(stream, workspace, workspaceBytes(), precision));
            return stream.address();
        } catch (RuntimeException | Error e) {
            cudart.cuStreamDestroy(stream);
            throw e;
        } finally {
            CAPTURING.unlock();
        }
    }

    @Override
    public synchronized void closeStream(long stream) {
        enter();
        CAPTURING.lock();
        try {
            products.remove(stream).close();
        } finally {
            CAPTURING.unlock();
        }
        check("cuStreamDestroy", cudart.cuStreamDestroy(stream(stream)));
    }

    private static CUevent_st event(long event) {
        return new CUevent_st(new At(event));
    }

    @Override
    public long openEvent() {
        enter();
        CUevent_st event = new CUevent_st();
        check("cuEventCreate", cudart.cuEventCreate(event, cudart.CU_EVENT_DEFAULT));
        return event.address();
    }

    @Override
    public void closeEvent(long event) {
        enter();
        check("cuEventDestroy", cudart.cuEventDestroy(event(event)));
    }

    @Override
    public void record(long event, long stream) {
        enter();
        check("cuEventRecord", cudart.cuEventRecord(event(event), stream(stream)));
    }

    @Override
    public void await(long stream, long event) {
        enter();
        check("cuStreamWaitEvent", cudart.cuStreamWaitEvent(stream(stream), event(event), 0));
    }

    @Override
    public double nanoseconds(long from, long to) {
        enter();
        check("cuEventSynchronize", cudart.cuEventSynchronize(event(to)));
        float[] milliseconds = new float[1];
        check("cuEventElapsedTime", cudart.cuEventElapsedTime(milliseconds, event(from), event(to)));
        return milliseconds[0] * 1e6;
    }

    @Override
    public void launch(long stream, long function, long blocks, long[] arguments) {
        if (blocks > Integer.MAX_VALUE) {
            throw new DeviceException("a kernel of " + blocks + " blocks is more than a GPU takes: use smaller arrays");
        }
        try (LongPointer words = new LongPointer(arguments); PointerPointer<LongPointer> all = new PointerPointer<>(1)) {
            all.put(0, words);
            CUfunc_st kernel = new CUfunc_st(new At(function));
            CUstream_st on = stream(stream);
            enter();
            check("cuLaunchKernel",
                    cudart.cuLaunchKernel(kernel, (int) blocks, 1, 1, THREADS, 1, 1, 0, on, all, (PointerPointer<?>) null));
        }
    }

    @Override
    public void multiply(long stream, Gemm call, long a, long b, long c) {
        enter();
        products.get(stream).multiply(call, a, b, c);
    }

    /** Relaxed, because cuBLAS loads its kernels when they are first needed. */
    @Override
    public void beginCapture(long stream) {
        enter();
        CAPTURING.lock();
        try {
            check("cuStreamBeginCapture",
                    cudart.cuStreamBeginCapture(stream(stream), cudart.CU_STREAM_CAPTURE_MODE_RELAXED));
        } catch (RuntimeException e) {
            CAPTURING.unlock();
            throw e;
        }
    }

    @Override
    public long endCapture(long stream) {
        CUgraph_st graph = new CUgraph_st();
        try {
            enter();
            check("cuStreamEndCapture", cudart.cuStreamEndCapture(stream(stream), graph));
        } finally {
            CAPTURING.unlock();
        }
        try {
            CUgraphExec_st ready = new CUgraphExec_st();
            check("cuGraphInstantiate", cudart.cuGraphInstantiate(ready, graph, 0));
            return ready.address();
        } finally {
            cudart.cuGraphDestroy(graph);
        }
    }

    @Override
    public void launchGraph(long graph, long stream) {
        enter();
        check("cuGraphLaunch", cudart.cuGraphLaunch(new CUgraphExec_st(new At(graph)), stream(stream)));
    }

    @Override
    public void closeGraph(long graph) {
        enter();
        check("cuGraphExecDestroy", cudart.cuGraphExecDestroy(new CUgraphExec_st(new At(graph))));
    }

    @Override
    public void synchronize(long stream) {
        enter();
        check("cuStreamSynchronize", cudart.cuStreamSynchronize(stream(stream)));
    }

    @Override
    public synchronized void close() {
        enter();
        closed = true;
        check("cuStreamSynchronize", cudart.cuStreamSynchronize(memory));
        check("cuMemPoolTrimTo", cudart.cuMemPoolTrimTo(pool, 0));   // the context may live on, as cuBLAS shares it
        check("cuStreamDestroy", cudart.cuStreamDestroy(memory));
        check("cuDevicePrimaryCtxRelease", cudart.cuDevicePrimaryCtxRelease(device));
    }
}
