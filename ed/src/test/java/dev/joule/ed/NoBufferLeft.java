package dev.joule.ed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import dev.joule.core.memory.Buffer;

/** After each test no native memory is left. */
final class NoBufferLeft implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext context) {
        assertEquals(0, Buffer.live(), "native buffers left open");
    }
}
