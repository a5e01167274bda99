package dev.joule.core.cpu.vector;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

import dev.joule.core.cpu.machine.Executable;
import dev.joule.core.cpu.memory.Native;
import dev.joule.core.cpu.memory.Raw;

/** A loop in machine code, one for each way in which its operands may walk or stay; quick from its first run on. */
final class MachineLoop implements FloatLoop {
    private static final boolean POSSIBLE = Executable.runs(Native.VECTOR_BYTES);
    @SuppressWarnings("restricted")
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG));
    private static final int MOST_ADDRESSES = 256;
    private static final ThreadLocal<MemorySegment> ADDRESSES = ThreadLocal
            .withInitial(() -> Arena.ofAuto().allocate(JAVA_LONG, MOST_ADDRESSES));

    private final LoopShape shape;
    private final int vectorBytes, lanes;
    private final int addresses;
    private final AtomicReferenceArray<MemorySegment> codes;   // by which operands stay, as bits

    MachineLoop(LoopShape shape) {
        this(shape, Native.VECTOR_BYTES);
    }

    MachineLoop(LoopShape shape, int vectorBytes) {
        this.shape = shape;
        this.vectorBytes = vectorBytes;
        this.lanes = vectorBytes / Float.BYTES;
        this.addresses = shape.operands().size() + shape.results().size();
        this.codes = new AtomicReferenceArray<>(shape.operands().contains(LoopShape.Operand.EITHER) ? 1 << shape.operands().size()
                : 1);
    }

    static boolean isPossible(LoopShape shape) {
        return POSSIBLE && shape.operands().size() + shape.results().size() <= MOST_ADDRESSES;
    }

    @Override
    public void run(long[] at, int[] values, int[] masks, int length) {
        if (length == 0) {
            return;
        }
        MemorySegment memory = ADDRESSES.get();
        long to = memory.address();
        for (int i = 0; i < addresses; i++) {
            Raw.putLong(to + (long) Long.BYTES * i, at[values[i]]);
        }
        MemorySegment code = code(masks);
        try {
            CALL.invokeExact(code, to, (long) (length + lanes - 1) / lanes);
        } catch (Throwable e) {
            throw new IllegalStateException("could not call a loop", e);
        }
    }

    private MemorySegment code(int[] masks) {
        int staying = 0;
        if (codes.length() > 1) {
            for (int k = 0; k < masks.length; k++) {
                staying |= ~masks[k] & 1 << k;
            }
        }
        MemorySegment code = codes.get(staying);
        return code == null ? write(staying) : code;
    }

    private synchronized MemorySegment write(int staying) {
        if (codes.get(staying) == null) {
            List<LoopShape.Operand> operands = IntStream.range(0, shape.operands().size())
                    .mapToObj(k -> switch (shape.operands().get(k)) {
                        case WALKS -> LoopShape.Operand.WALKS;
                        case STAYS -> LoopShape.Operand.STAYS;
                        case EITHER -> (staying >> k & 1) == 0 ? LoopShape.Operand.WALKS : LoopShape.Operand.STAYS;
                    }).toList();
            MachineLoopWriter.Written written = MachineLoopWriter.write(new LoopShape(operands, shape.calls(), shape.results()),
                    vectorBytes);
            codes.set(staying, Executable.load(written.constants(), written.function()));
        }
        return codes.get(staying);
    }
}
