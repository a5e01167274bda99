package dev.joule.core.memory;

import java.util.List;

/**
 * Buffers whose memory stays while something works on it: one that is closed meanwhile is freed at the end. Whoever works on the same ones
 * again and again keeps this, and holds them again: that takes no memory.
 */
public final class Held implements AutoCloseable {
    private final Buffer[] buffers;
    private int count;

    public Held(List<Buffer> buffers) {
        this.buffers = buffers.toArray(Buffer[]::new);
    }

    /** Holds them until {@link #close}. @throws IllegalStateException if one of them has been closed before */
    public Held hold() {
        try {
            for (Buffer buffer : buffers) {
                buffer.hold();
                count++;
            }
        } catch (IllegalStateException e) {
            close();
            throw e;
        }
        return this;
    }

    @Override
    public void close() {
        while (count > 0) {
            buffers[--count].letGo();
        }
    }
}
