package dev.joule.examples;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C as a wish: the work ends at the next good place and saves what it has; the JVM waits for that. */
final class Interrupt implements AutoCloseable {
    /** What a command ends with then. */
    static final int EXIT_CODE = 130;

    private static final int PATIENCE_SECONDS = 20;

    private final CountDownLatch saved = new CountDownLatch(1);
    private final Thread hook = new Thread(this::wish);
    private volatile boolean wished;

    Interrupt() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    boolean wished() {
        return wished;
    }

    private void wish() {
        wished = true;
        try {
            saved.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** All is saved. */
    @Override
    public void close() {
        saved.countDown();
        if (!wished) {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }
}
