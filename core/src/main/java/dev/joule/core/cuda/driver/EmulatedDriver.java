package dev.joule.core.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.joule.core.Tensor;
import dev.joule.core.cuda.schedule.Gemm;
import dev.joule.core.cuda.text.ModuleText;
import dev.joule.core.memory.Buffer;
import dev.joule.core.plan.MatrixLayout;

/**
 * A GPU that is not there: the generated kernels, compiled by the system's C++ compiler behind a few lines that explain CUDA's words to
 * it, on memory of the host. Threads take turns in another order each time, and meet where they would meet. It is slow, and shows on any machine
 * that what a GPU is given is right; it does not show what only a GPU can: cuBLAS, alignment faults, threads that really run at once.
 */
public final class EmulatedDriver implements Driver {
    private static final List<String> OPTIONS = List.of("-std=c++17", "-O1", "-w", "-shared", "-fPIC", "-ffp-contract=off");
    private static final Pattern KERNEL = Pattern.compile("__global__ void .*?(\\w+)\\(const Arguments<(\\d+)> args\\)");

    private final Path compiler;
    private final Map<Long, AutoCloseable> open = new HashMap<>();
    private final Map<Long, Object> objects = new HashMap<>();
    private Captured capturing;
    private long next = 1;

    /** @throws IllegalStateException if there is no C++ compiler */
    public EmulatedDriver() {
        compiler = Compiler.find().orElseThrow(() -> new IllegalStateException(
                "cuda-emulated needs a C++ compiler: none of c++, g++, clang++ is on the PATH, and CXX names none"));
    }

    private record Library(SymbolLookup symbols, Arena arena) {
    }

    @Override
    public String description() {
        return "generated kernels on the host, compiled by " + compiler;
    }

    @Override
    public String kernelKind() {
        return "emulated " + System.getProperty("os.arch") + " " + compiler + " " + OPTIONS + SHIM.hashCode();
    }

    private static final String SHIM = ModuleText.resource("emulated.cpp");

    private synchronized long number(Object object) {
        objects.put(next, object);
        return next++;
    }

    @Override
    public synchronized long allocate(long bytes) {
        Buffer buffer = Buffer.allocate(bytes);
        open.put(buffer.address(), buffer);
        return buffer.address();
    }

    @Override
    public synchronized void free(long address) {
        try {
            open.remove(address).close();
        } catch (Exception e) {
            throw new DeviceException("free: " + address, e);
        }
    }

    @Override
    public long freeBytes() {
        return Long.MAX_VALUE;
    }

    @SuppressWarnings("restricted")
    private static MemorySegment at(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    @Override
    public void upload(long stream, long to, MemorySegment from) {
        at(to, from.byteSize()).copyFrom(from);
    }

    @Override
    public void download(long stream, MemorySegment to, long from) {
        to.copyFrom(at(from, to.byteSize()));
    }

    @Override
    public void copy(long stream, long to, long from, long bytes) {
        at(to, bytes).copyFrom(at(from, bytes));
    }

    @Override
    public byte[] compile(String source) {
        StringBuilder all = new StringBuilder(SHIM).append("\n").append(source).append("\n");
        Matcher kernel = KERNEL.matcher(source);
        while (kernel.find()) {
            all.append("KERNEL(").append(kernel.group(1)).append(", ").append(kernel.group(2)).append(")\n");
        }
        return Compiler.library(compiler, OPTIONS, all.toString());
    }

    @Override
    @SuppressWarnings("restricted")
    public long load(byte[] kernels) {
        Arena arena = Arena.ofShared();
        try {
            Path file = Files.createTempFile("joule", ".so");
            try {
                Files.write(file, kernels);
                return number(new Library(SymbolLookup.libraryLookup(file, arena), arena));
            } finally {
                Files.delete(file);
            }
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw new DeviceException("cannot load the compiled kernels: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void unload(long module) {
        ((Library) objects.remove(module)).arena().close();
    }

    @Override
    @SuppressWarnings("restricted")
    public long function(long module, String name) {
        MemorySegment symbol = ((Library) objects.get(module)).symbols().find("run_" + name)
                .orElseThrow(() -> new DeviceException("no kernel " + name));
        return number(Linker.nativeLinker().downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS)));
    }

    @Override
    public long openStream(long workspace) {
        return number("stream");
    }

    @Override
    public long workspaceBytes() {
        return 0;
    }

    @Override
    public synchronized void closeStream(long stream) {
        objects.remove(stream);
    }

    @Override
    public long openEvent() {
        return number(new long[1]);
    }

    @Override
    public synchronized void closeEvent(long event) {
        objects.remove(event);
    }

    @Override
    public void record(long event, long stream) {
        if (capturing != null) {
            capturing.record(event, stream);
        } else {
            ((long[]) objects.get(event))[0] = System.nanoTime();
        }
    }

    @Override
    public void await(long stream, long event) {
        if (capturing != null) {
            capturing.await(stream, event);
        }
    }

    @Override
    public double nanoseconds(long from, long to) {
        return ((long[]) objects.get(to))[0] - ((long[]) objects.get(from))[0];
    }

    @Override
    public void launch(long stream, long function, long blocks, long[] arguments) {
        MethodHandle kernel = (MethodHandle) objects.get(function);
        put(stream, () -> {
            try (Arena arena = Arena.ofConfined()) {
                int failed = (int) kernel.invokeExact(Math.toIntExact(blocks), arena.allocateFrom(JAVA_LONG, arguments));
                if (failed != 0) {
                    throw new DeviceException("a kernel's threads do not all meet");
                }
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new DeviceException("a kernel failed", e);
            }
        });
    }

    @Override
    public void multiply(long stream, Gemm call, long a, long b, long c) {
        put(stream, () -> {
            for (int i = 0; i < call.count(); i++) {
                int bytes = call.dtype().bytes();
                multiply(call, a + i * call.aStep() * bytes, b + i * call.bStep() * bytes, c + i * call.cStep() * bytes);
            }
        });
    }

    /** c = a b as its definition reads, in double. */
    private static void multiply(Gemm call, long a, long b, long c) {
        for (int i = 0; i < call.m(); i++) {
            for (int j = 0; j < call.n(); j++) {
                double sum = call.accumulate() ? get(call, c, (long) i * call.cStride() + j) : 0;
                for (int l = 0; l < call.k(); l++) {
                    sum += get(call, a, place(call.aLayout(), i, l)) * get(call, b, place(call.bLayout(), l, j));
                }
                Tensor.set(at(c, Long.MAX_VALUE), call.dtype(), (long) i * call.cStride() + j, sum);
            }
        }
    }

    private static double get(Gemm call, long matrix, long element) {
        return Tensor.get(at(matrix, Long.MAX_VALUE), call.dtype(), element);
    }

    private static long place(MatrixLayout layout, long row, long column) {
        return layout.transposed() ? row + column * layout.stride() : row * layout.stride() + column;
    }

    private void put(long stream, Runnable work) {
        if (capturing != null) {
            capturing.add(stream, work);
        } else {
            work.run();
        }
    }

    @Override
    public void beginCapture(long stream) {
        capturing = new Captured();
    }

    @Override
    public long endCapture(long stream) {
        long graph = number(capturing);
        capturing = null;
        return graph;
    }

    @Override
    public void launchGraph(long graph, long stream) {
        ((Captured) objects.get(graph)).run();
    }

    @Override
    public synchronized void closeGraph(long graph) {
        objects.remove(graph);
    }

    @Override
    public void synchronize(long stream) {
        // all work is done where it is put
    }

    @Override
    public void close() {
        // what is open is the caller's
    }
}
