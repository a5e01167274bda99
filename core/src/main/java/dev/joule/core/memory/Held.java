package dev.joule.core.memory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Buffers whose memory stays while something works on it: one that is closed meanwhile is freed at the end. */
public final class Held implements AutoCloseable {
    private final Deque<Buffer> held = new ArrayDeque<>();

    /** @throws IllegalStateException if one of them has been closed before */
    public Held(List<Buffer> buffers) {
        try {
            for (Buffer buffer : buffers) {
                buffer.hold();
                held.push(buffer);
            }
        } catch (IllegalStateException e) {
            close();
            throw e;
        }
    }

    @Override
    public void close() {
        while (!held.isEmpty()) {
            held.pop().letGo();
        }
    }
}
