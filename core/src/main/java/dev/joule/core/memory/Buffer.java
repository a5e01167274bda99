package dev.joule.core.memory;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import org.bytedeco.javacpp.Pointer;

/**
 * A run of host memory that JavaCPP allocated, aligned to 64 bytes and zeroed. It lives until {@link #close}, or until the last that
 * is at work on it then has ended ({@link Held}), never at the garbage collector's whim; {@link #live} counts those that live, so that a test
 * can show that none is left.
 */
public final class Buffer implements AutoCloseable {
    private static final int ALIGNMENT = 64;
    private static final AtomicLong LIVE = new AtomicLong();

    static {
        JavaCpp.liftLimits();
    }

    private final long bytes;
    private final long address;
    private final Pointer owner;
    private int holders;
    private boolean closed;
    /** The copy on another device, if there is one; which of the two is newer, if they differ. */
    private Twin twin;
    private boolean newerHere = true;
    private boolean newerThere;

    private Buffer(Pointer owner, long bytes) {
        this.owner = owner;
        this.bytes = bytes;
        this.address = (owner.address() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** @throws OutOfMemoryError when the machine has no such run of memory */
    public static Buffer allocate(long bytes) {
        Pointer owner = Pointer.calloc(1, Math.addExact(bytes, ALIGNMENT));   // large ones take no memory before they are used
        if (owner == null || owner.isNull()) {
            throw new OutOfMemoryError("no " + bytes + " bytes of native memory; " + live() + " buffers are open");
        }
        Buffer buffer = new Buffer(owner, bytes);
        LIVE.incrementAndGet();
        return buffer;
    }

    /** How many buffers are open in this process. */
    public static long live() {
        return LIVE.get();
    }

    public long bytes() {
        return bytes;
    }

    /**
     * The address of the first byte, to read and to write. Whoever keeps it keeps this buffer open, and asks again after the buffer has
     * been used elsewhere.
     * @throws IllegalStateException after {@link #close}
     */
    public synchronized long address() {
        fetch();
        newerHere = true;
        return address;
    }

    /** A bounded view of the memory, for reading and writing from the host. Whoever keeps it keeps this buffer open, or holds it. */
    public MemorySegment segment() {
        return here(address());
    }

    /** Reads the memory; a copy on another device stays as new as this one. */
    public <T> T read(Function<MemorySegment, T> reader) {
        hold();
        try {
            return reader.apply(newest());
        } finally {
            letGo();
        }
    }

    private synchronized MemorySegment newest() {
        fetch();
        return here(address).asReadOnly();
    }

    /** Changes the memory. */
    public void write(Consumer<MemorySegment> writer) {
        hold();
        try {
            writer.accept(segment());
        } finally {
            letGo();
        }
    }

    private MemorySegment here(long at) {
        return MemorySegment.ofAddress(at).reinterpret(bytes);
    }

    /** Brings what was written elsewhere. */
    private void fetch() {
        requireMemory();
        if (newerThere) {
            twin.download(here(address));
            newerThere = false;
        }
    }

    /** The copy on another device, which is made when there is none yet. It is closed with this buffer. */
    public synchronized Twin twin(Supplier<Twin> maker) {
        requireMemory();
        if (twin == null) {
            twin = maker.get();
        }
        return twin;
    }

    /** Makes the twin as new as this, before work begins that may also write it. */
    public synchronized void send(boolean written) {
        requireMemory();
        if (newerHere) {
            twin.upload(here(address));
            newerHere = false;
        }
        newerThere |= written;
    }

    /**
     * Tells that the work has ended which {@link #send} said would write the twin: also who read it meanwhile has an old copy, and what was
     * written here meanwhile is lost.
     */
    public synchronized void changedThere() {
        newerThere = true;
        newerHere = false;
    }

    /** Keeps the memory, also after {@link #close}, until {@link #letGo}. */
    synchronized void hold() {
        require(!closed);
        holders++;
    }

    synchronized void letGo() {
        holders--;
        freeIfUnused();
    }

    private void requireMemory() {
        require(!closed || holders > 0);
    }

    private void require(boolean open) {
        if (!open) {
            throw new IllegalStateException("this memory of " + bytes + " bytes is closed");
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            freeIfUnused();
        }
    }

    private void freeIfUnused() {
        if (closed && holders == 0) {
            Pointer.free(owner);
            LIVE.decrementAndGet();
            if (twin != null) {
                twin.close();
            }
        }
    }
}
