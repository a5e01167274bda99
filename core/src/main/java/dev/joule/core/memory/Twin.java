package dev.joule.core.memory;

import java.lang.foreign.MemorySegment;

/** A buffer's copy in the memory of a device. The buffer knows which of the two is newer, and moves what is needed where it is needed. */
public interface Twin {
    void upload(MemorySegment from);

    void download(MemorySegment to);

    /** Frees the copy. */
    void close();
}
