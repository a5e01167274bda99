package dev.joule.core.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import dev.joule.core.cuda.driver.KernelCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelCacheTest {
    @TempDir
    Path folder;

    private final AtomicInteger compiled = new AtomicInteger();

    /** What a compiler would make of a source. */
    private byte[] get(Path at, String source, String kind) {
        return new KernelCache(at).get(source, kind, () -> {
            compiled.incrementAndGet();
            return (kind + source).repeat(1000).getBytes();
        });
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    @Test
    void aSourceIsCompiledOnceForEachKindOfDevice() throws IOException {
        byte[] first = get(folder, "a", "sm_90");
        assertArrayEquals(first, get(folder, "a", "sm_90"));
        assertEquals(1, compiled.get());
        get(folder, "a", "sm_80");
        get(folder, "b", "sm_90");
        assertEquals(3, compiled.get());
        assertEquals(3, files().size());
    }

    @Test
    void aFileThatWasCutOrChangedIsMadeAnew() throws IOException {
        byte[] expected = get(folder, "a", "sm_90");
        Path file = files().getFirst();
        byte[] good = Files.readAllBytes(file);
        byte[] changed = good.clone();
        changed[good.length - 1]++;
        for (byte[] bad : List.of(new byte[0], new byte[10], java.util.Arrays.copyOf(good, 32),
                java.util.Arrays.copyOf(good, 500),
                changed)) {
            Files.write(file, bad);
            int before = compiled.get();
            assertArrayEquals(expected, get(folder, "a", "sm_90"));
            assertEquals(before + 1, compiled.get());
            assertArrayEquals(good, Files.readAllBytes(file));
        }
    }

    @Test
    void aFolderThatCannotBeUsedIsNoError() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertEquals(3000, get(file.resolve("folder"), "a", "90").length);
        assertEquals(3000, get(file.resolve("folder"), "a", "90").length);
        assertEquals(2, compiled.get());
    }

    @Test
    void manyMayUseAFolderAtOnce() throws InterruptedException, IOException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> threads = Stream.generate(() -> Thread.ofPlatform().unstarted(() -> {
            for (int i = 0; i < 200; i++) {
                byte[] expected = ("sm" + i % 7).repeat(1000).getBytes();
                byte[] found = get(folder, Integer.toString(i % 7), "sm");
                if (!java.util.Arrays.equals(expected, found)) {
                    failure.set(new AssertionError("kernels of another source"));
                }
            }
        })).limit(6).toList();
        threads.forEach(thread -> thread.setUncaughtExceptionHandler((_, e) -> failure.set(e)));
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertNull(failure.get());
        assertEquals(7, files().size());
    }
}
