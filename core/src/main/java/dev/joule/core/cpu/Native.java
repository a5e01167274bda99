package dev.joule.core.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

import dev.joule.core.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * All of memory as one segment, so that an address is all that a loop needs. Nothing here checks bounds: PlanCheck has
 * done so when the plan was prepared.
 */
final class Native {
    @SuppressWarnings("restricted")
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    static final ByteOrder ORDER = ByteOrder.nativeOrder();
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    static final int LANES = FLOATS.length();
    static final int VECTOR_BYTES = FLOATS.vectorByteSize();

    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private Native() {
    }

    static double get(DType dtype, long address) {
        return switch (dtype) {
            case FLOAT32 -> ALL.get(FLOAT, address);
            case FLOAT64 -> ALL.get(DOUBLE, address);
            case INT32 -> ALL.get(INT, address);
        };
    }

    static void put(DType dtype, long address, double value) {
        switch (dtype) {
            case FLOAT32 -> ALL.set(FLOAT, address, (float) value);
            case FLOAT64 -> ALL.set(DOUBLE, address, value);
            case INT32 -> ALL.set(INT, address, (int) value);
        }
    }
}
