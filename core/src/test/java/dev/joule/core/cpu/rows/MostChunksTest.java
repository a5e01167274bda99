package dev.joule.core.cpu.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.joule.core.BadProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MostChunksTest {
    private final String before = System.getProperty("joule.chunks");

    @AfterEach
    void asBefore() {
        if (before == null) {
            System.clearProperty("joule.chunks");
        } else {
            System.setProperty("joule.chunks", before);
        }
    }

    @Test
    void asManyAsProcessors() {
        int[] chunks = {2, 2, 4, 4, 8, 8, 8, 8, 8};
        for (int processors = 1; processors <= chunks.length; processors++) {
            assertEquals(chunks[processors - 1], MostChunks.of(processors), processors + " processors");
        }
        assertEquals(8, MostChunks.of(128));
    }

    @Test
    void orAsManyAsTheyAreToldTo() {
        System.setProperty("joule.chunks", " 4 ");
        assertEquals(4, MostChunks.here());
        System.setProperty("joule.chunks", "3");
        assertEquals("joule.chunks: \"3\" is not a number of chunks: 1, 2, 4 or 8",
                assertThrows(BadProperty.class, MostChunks::here).getMessage());
    }
}
