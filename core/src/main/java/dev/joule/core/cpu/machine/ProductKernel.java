package dev.joule.core.cpu.machine;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Products of some rows by some vectors of columns, in machine code ({@link ProductWriter}). Thread-safe. */
public final class ProductKernel {
    @SuppressWarnings("restricted")
    private static final MethodHandle CALL = Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG,
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_LONG, JAVA_LONG));

    private final MemorySegment code;

    /**
     * @param rows        of a block of c, 1 to 9
     * @param columns     of the block; a multiple of a vector's length if vectors have 32 bytes
     * @param vectorBytes 32 or 64
     * @param transposed  whether a's columns lie one after the other, not its rows
     * @param accumulate  c += a b, not c = a b
     * @param packs       whether b is copied, its rows one right after the other
     * @param pieces      whether a's depth lies in pieces, with gaps or overlaps between them
     */
    public record Shape(int rows, int columns, int vectorBytes, boolean transposed, boolean accumulate, boolean packs,
            boolean pieces) {
        /** Whole vectors of a row. */
        int vectors() {
            return columns / lanes();
        }

        /** Columns behind them. */
        int last() {
            return columns % lanes();
        }

        /** Whether half a vector is enough for these. */
        boolean isHalf() {
            return last() > 0 && last() <= lanes() / 2;
        }

        /** Whether they fill neither a vector nor half of it. */
        boolean isMasked() {
            return last() % (lanes() / 2) > 0;
        }

        /** How many registers a row has. */
        int registers() {
            return vectors() + (last() > 0 ? 1 : 0);
        }

        /** From one row to the next of a copy of b. */
        public int copyStride() {
            return registers() * vectorBytes - (isHalf() ? vectorBytes / 2 : 0);
        }

        private int lanes() {
            return vectorBytes / Float.BYTES;
        }
    }

    /** Takes a page of memory that is never given back: to be kept. */
    public ProductKernel(Shape shape) {
        this.code = Executable.load(new byte[0], ProductWriter.write(shape));
    }

    /**
     * c [blocks rows, columns] = a [blocks rows, depth] b [depth, columns], or c += a b. Strides are in bytes, from one row of what lies in
     * memory to the next: of a, or of its transpose. Each number is summed in the order of the depth, whatever the kernel's shape
     * is.
     *
     * @param blocks at least 1
     * @param depth  of a piece, if there are several
     * @param copy   where b is copied to by a kernel that packs
     * @param pieces how many pieces the depth has, at least 1; for a kernel that knows of them
     * @param gap    bytes from where a piece of a ends to the beginning of the next
     * @param lines  how often all this is done, at least 1, with the same b
     * @param aGap   bytes from where the blocks of a line end to those of the next, in a
     * @param cGap   the same in c
     */
    public void run(long blocks, long depth, long a, long aStride, long b, long bStride, long c, long cStride, long copy,
            long pieces, long gap, long lines, long aGap, long cGap) {
        try {
            CALL.invokeExact(code, blocks, depth, a, aStride, b, bStride, c, cStride, copy, pieces, gap, lines, aGap,
                    cGap);
        } catch (Throwable e) {
            throw new IllegalStateException("could not call a kernel", e);
        }
    }
}
