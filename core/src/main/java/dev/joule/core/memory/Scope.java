package dev.joule.core.memory;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes what was added to it, last first. The owner of several buffers extends its own life to theirs with one of these. */
public final class Scope implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private boolean closed;

    /** Adds a resource, and gives it back. A closed scope closes it at once and throws. */
    public synchronized <T extends AutoCloseable> T add(T resource) {
        if (closed) {
            close(resource);
            throw new IllegalStateException("the scope is closed");
        }
        open.push(resource);
        return resource;
    }

    public synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
        RuntimeException failure = null;
        while (!open.isEmpty()) {
            try {
                close(open.pop());
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("could not close " + resource, e);
        }
    }
}
