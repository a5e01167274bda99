package dev.joule.core.cpu.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import dev.joule.core.DType;
import sun.misc.Unsafe;

/**
 * Single numbers at an address. A memory segment's accessors check bounds and alignment each time, which costs an inner loop more
 * instructions than its arithmetic. JavaCPP needs the same class of the JDK, and the same flag.
 */
@SuppressWarnings("removal")
public final class Raw {
    private static final Unsafe UNSAFE = unsafe();
    private static final MemorySegment ALIVE = Arena.global().allocate(Integer.BYTES, Integer.BYTES);

    private Raw() {
    }

    private static Unsafe unsafe() {
        try {
            var field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Whether this JVM allows it: that can be switched off. */
    public static boolean isAllowed() {
        try {
            UNSAFE.getInt(ALIVE.address());
            return true;
        } catch (UnsupportedOperationException _) {
            return false;
        }
    }

    public static float getFloat(long address) {
        return UNSAFE.getFloat(address);
    }

    public static void putFloat(long address, float value) {
        UNSAFE.putFloat(address, value);
    }

    static double getDouble(long address) {
        return UNSAFE.getDouble(address);
    }

    static void putDouble(long address, double value) {
        UNSAFE.putDouble(address, value);
    }

    public static int getInt(long address) {
        return UNSAFE.getInt(address);
    }

    public static void putInt(long address, int value) {
        UNSAFE.putInt(address, value);
    }

    public static long getLong(long address) {
        return UNSAFE.getLong(address);
    }

    public static void putLong(long address, long value) {
        UNSAFE.putLong(address, value);
    }

    /** Fills bytes with zeros, which in all types are the number 0. */
    public static void clear(long address, long bytes) {
        UNSAFE.setMemory(address, bytes, (byte) 0);
    }

    public static double get(DType dtype, long address) {
        return switch (dtype) {
            case FLOAT32 -> getFloat(address);
            case FLOAT64 -> getDouble(address);
            case INT32 -> getInt(address);
        };
    }

    public static void put(DType dtype, long address, double value) {
        switch (dtype) {
            case FLOAT32 -> putFloat(address, (float) value);
            case FLOAT64 -> putDouble(address, value);
            case INT32 -> putInt(address, (int) value);
        }
    }
}
