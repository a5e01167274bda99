package dev.joule.core.cpu.memory;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * All of memory as one segment, so that an address is all that a loop of vectors needs ({@link Raw} is for single numbers). Nothing
 * here checks bounds: PlanCheck has done so when the plan was prepared.
 */
public final class Native {
    @SuppressWarnings("restricted")
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    public static final ByteOrder ORDER = ByteOrder.nativeOrder();
    public static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    public static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    public static final int LANES = FLOATS.length();
    public static final int VECTOR_BYTES = FLOATS.vectorByteSize();

    private Native() {
    }
}
