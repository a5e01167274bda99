package dev.joule.core.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import dev.joule.core.cuda.driver.DeviceException;
import dev.joule.core.cuda.driver.Driver;
import dev.joule.core.cuda.schedule.Gemm;

/** A driver that does nothing but write down what it is asked, and fails where it is told to. */
final class RecordingDriver implements Driver {
    private static final long LINE = 256;

    final List<String> calls = new ArrayList<>();
    /** What has been opened and not closed, by number or address. */
    final Map<Long, String> open = new TreeMap<>();
    /** The number of the call that fails, from 1; 0 for none. */
    int failing;
    /** What is said then, if it is not just the call. */
    String failure;
    /** What somebody else does when a graph has been launched. */
    Runnable meanwhile = () -> {
    };
    /** How much memory products want for each stream. */
    long workspace;
    /** How much memory there is. */
    long memory = Long.MAX_VALUE;
    private final Map<Long, String> names = new TreeMap<>();
    private long address = LINE;
    private long number = 1;
    private int count;

    /** How many calls there have been. */
    int count() {
        return count;
    }

    private void call(String format, Object... values) {
        calls.add(format.formatted(values));
        count++;
        if (count == failing) {
            throw new DeviceException(failure == null ? "failed: " + calls.getLast() : failure);
        }
    }

    private long open(String what) {
        long opened = number++;
        String name = what + open.values().stream().filter(each -> each.startsWith(what)).count();
        open.put(opened, name);
        names.put(opened, name);
        return opened;
    }

    private void close(long opened) {
        open.remove(opened);
        call("close %s", names.get(opened));
    }

    private static String hex(long... words) {
        return Arrays.stream(words).mapToObj(Long::toHexString).collect(Collectors.joining(" "));
    }

    @Override
    public String description() {
        return "recorder";
    }

    @Override
    public String kernelKind() {
        return "recorded";
    }

    @Override
    public long allocate(long bytes) {
        call("allocate %d", bytes);
        if (bytes > memory) {
            return 0;
        }
        memory -= bytes;
        long at = address;
        address += (bytes + LINE - 1) / LINE * LINE;
        open.put(at << 32, "memory");
        return at;
    }

    @Override
    public void free(long at) {
        open.remove(at << 32);
        call("free %s", hex(at));
    }

    @Override
    public long freeBytes() {
        return memory;
    }

    @Override
    public void upload(long stream, long to, MemorySegment from) {
        call("upload %s %d", hex(to), from.byteSize());
    }

    @Override
    public void download(long stream, MemorySegment to, long from) {
        call("download %s %d", hex(from), to.byteSize());
        to.fill((byte) 0);
    }

    @Override
    public void copy(long stream, long to, long from, long bytes) {
        call("copy %s %s %d on %s", hex(to), hex(from), bytes, names.get(stream));
    }

    @Override
    public byte[] compile(String source) {
        call("compile");
        return new byte[1];
    }

    @Override
    public long load(byte[] kernels) {
        call("load");
        return open("module");
    }

    @Override
    public void unload(long module) {
        close(module);
    }

    @Override
    public long function(long module, String name) {
        call("function %s", name);
        names.put(number, name);
        return number++;
    }

    @Override
    public long openStream(long workspace) {
        call("open stream");
        return open("s");
    }

    @Override
    public long workspaceBytes() {
        return workspace;
    }

    @Override
    public void closeStream(long stream) {
        close(stream);
    }

    @Override
    public long openEvent() {
        call("open event");
        return open("e");
    }

    @Override
    public void closeEvent(long event) {
        close(event);
    }

    @Override
    public void record(long event, long stream) {
        call("record %s on %s", names.get(event), names.get(stream));
    }

    @Override
    public void await(long stream, long event) {
        call("%s awaits %s", names.get(stream), names.get(event));
    }

    @Override
    public double nanoseconds(long from, long to) {
        call("time");
        return 5;
    }

    @Override
    public void launch(long stream, long function, long blocks, long[] arguments) {
        call("launch %s on %s, %d blocks: %s", names.get(function), names.get(stream), blocks, hex(arguments));
    }

    @Override
    public void multiply(long stream, Gemm call, long a, long b, long c) {
        call("multiply %d %d %d on %s: %s", call.m(), call.n(), call.k(), names.get(stream), hex(a, b, c));
    }

    @Override
    public void beginCapture(long stream) {
        call("begin capture on %s", names.get(stream));
        open.put(-1L, "capture");
    }

    @Override
    public long endCapture(long stream) {
        open.remove(-1L);
        call("end capture");
        return open("graph");
    }

    @Override
    public void launchGraph(long graph, long stream) {
        call("launch %s on %s", names.get(graph), names.get(stream));
        meanwhile.run();
    }

    @Override
    public void closeGraph(long graph) {
        close(graph);
    }

    @Override
    public void synchronize(long stream) {
        call("synchronize %s", names.get(stream));
    }

    @Override
    public void close() {
        call("close");
    }
}
