package dev.joule.core.cuda.driver;

import java.lang.foreign.MemorySegment;

import dev.joule.core.cuda.schedule.Gemm;

/**
 * What Joule asks of a GPU: the calls of the CUDA driver, NVRTC and cuBLAS that it needs, by numbers that stand for their objects. Launches
 * on a stream come back before their work is done.
 *
 * <p>Every call throws a {@link DeviceException} when the device reports an error, also one that earlier work has caused.
 */
public interface Driver extends AutoCloseable {
    /** What it is, in one line. */
    String description();

    /** What compiled kernels depend on beside their source: architecture, options, versions. */
    String kernelKind();

    /** Zeroed memory, aligned to 256 bytes; 0 if there is not so much. */
    long allocate(long bytes);

    void free(long address);

    /** Bytes that could still be allocated. */
    long freeBytes();

    /** Copies from the host, when all work on the stream is done; waits for that. */
    void upload(long stream, long to, MemorySegment from);

    /** Copies to the host, when all work on the stream is done; waits for that. */
    void download(long stream, MemorySegment to, long from);

    /** Puts a copy within the device on a stream. */
    void copy(long stream, long to, long from, long bytes);

    /** Compiles CUDA C. */
    byte[] compile(String source);

    long load(byte[] kernels);

    void unload(long module);

    long function(long module, String name);

    /** @param workspace memory of {@link #workspaceBytes} for the products on it */
    long openStream(long workspace);

    /** How much memory products want for themselves on each stream. */
    long workspaceBytes();

    void closeStream(long stream);

    /** A point in a stream's work that others can wait for; its time can be asked for. */
    long openEvent();

    void closeEvent(long event);

    /** Notes on {@code event} all work that has been put on a stream. */
    void record(long event, long stream);

    /** What is put on the stream later waits for an event. */
    void await(long stream, long event);

    /** Nanoseconds from one event to a later one; waits for that. */
    double nanoseconds(long from, long to);

    /** Puts a kernel on a stream: {@code blocks} blocks of 256 threads, with words as its one argument. */
    void launch(long stream, long function, long blocks, long[] arguments);

    /** Puts a product on a stream; the addresses are those of the call's operands. */
    void multiply(long stream, Gemm call, long a, long b, long c);

    /** From now on work on the stream, and on those that wait for it, is noted instead of done. */
    void beginCapture(long stream);

    /** The noted work as a graph. */
    long endCapture(long stream);

    /** Puts a graph on a stream. */
    void launchGraph(long graph, long stream);

    void closeGraph(long graph);

    /** Waits for all work on a stream. */
    void synchronize(long stream);

    @Override
    void close();
}
