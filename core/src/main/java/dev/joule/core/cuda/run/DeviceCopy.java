package dev.joule.core.cuda.run;

import java.lang.foreign.MemorySegment;

import dev.joule.core.memory.Twin;

/** The copy of a tensor on a device. */
record DeviceCopy(CudaDevice device, long address) implements Twin {
    @Override
    public void upload(MemorySegment from) {
        device.driver().upload(device.main(), address, from);
    }

    @Override
    public void download(MemorySegment to) {
        device.driver().download(device.main(), to, address);
    }

    @Override
    public void close() {
        device.memory().free(address);
    }
}
