package dev.joule.core.cuda.run;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import dev.joule.core.cuda.driver.DeviceException;
import dev.joule.core.cuda.driver.Driver;

/** The memory that a device has given out, and for what. */
final class DeviceMemory implements AutoCloseable {
    private static final int TOLD = 5;

    private record Held(long bytes, String by) {
    }

    private final Driver driver;
    private final Map<Long, Held> held = new HashMap<>();

    DeviceMemory(Driver driver) {
        this.driver = driver;
    }

    /** Zeroed memory. @throws DeviceException if there is not so much; it tells what holds the rest */
    synchronized long allocate(long bytes, String by) {
        long address = driver.allocate(Math.max(1, bytes));
        if (address == 0) {
            throw new DeviceException("out of memory: " + by + " asks for " + size(bytes) + ", " + use());
        }
        held.put(address, new Held(bytes, by));
        return address;
    }

    /** A failure of the device; where memory was missing, with what there is and who has it. */
    synchronized DeviceException explained(DeviceException failure) {
        String message = failure.getMessage();
        return message.contains("OUT_OF_MEMORY") || message.contains("ALLOC_FAILED")
                ? new DeviceException(message + "; " + use(), failure) : failure;
    }

    private String use() {
        return size(driver.freeBytes()) + " are free" + (held.isEmpty() ? "" : "; " + holders());
    }

    /** Frees all that is left. What was to be freed later is then no more. */
    @Override
    public synchronized void close() {
        List.copyOf(held.keySet()).forEach(this::free);
    }

    synchronized void free(long address) {
        if (held.remove(address) != null) {
            driver.free(address);
        }
    }

    /** The largest ones, and what the others have together. */
    private String holders() {
        Map<String, Long> byName = held.values().stream()
                .collect(Collectors.groupingBy(Held::by, Collectors.summingLong(Held::bytes)));
        String largest = byName.entrySet().stream().sorted(Map.Entry.comparingByValue(Comparator.reverseOrder())).limit(TOLD)
                .map(entry -> entry.getKey() + " " + size(entry.getValue())).collect(Collectors.joining(", "));
        return "held are " + size(byName.values().stream().mapToLong(bytes -> bytes).sum()) + ": " + largest
                + (byName.size() > TOLD ? ", and " + (byName.size() - TOLD) + " more" : "");
    }

    private static String size(long bytes) {
        return bytes < 1_000_000 ? bytes + " bytes" : "%.1f MB".formatted(bytes / 1e6);
    }
}
