package dev.joule.core.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.lang.management.ManagementFactory;
import java.util.List;

import org.junit.jupiter.api.Test;

import com.sun.management.ThreadMXBean;
import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.Tensor;

class MemoryTest {
    @Test
    void useAfterCloseIsAnException() {
        long before = Buffer.live();
        Tensor tensor = Tensor.of(DType.FLOAT32, Shape.of(2), 1, 2);
        assertEquals(before + 1, Buffer.live());
        assertArrayEquals(new double[]{1, 2}, tensor.toArray());
        tensor.close();
        tensor.close();
        assertEquals(before, Buffer.live());
        assertThrows(IllegalStateException.class, tensor::toArray);
        assertThrows(IllegalStateException.class, () -> tensor.set(0, 1));
        assertThrows(IllegalStateException.class, () -> tensor.buffer().address());
    }

    @Test
    void memoryThatIsHeldOutlivesItsClosing() {
        long before = Buffer.live();
        Tensor tensor = Tensor.of(DType.FLOAT32, Shape.of(2), 1, 2);
        float second = tensor.buffer().read(memory -> {
            tensor.close();
            assertEquals(before + 1, Buffer.live());
            return memory.getAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, 1);
        });
        assertEquals(2, second);
        assertEquals(before, Buffer.live());
    }

    @Test
    void whatHasBeenClosedCannotBeHeldNorDoesItHoldOthers() {
        Buffer open = Buffer.allocate(8), closed = Buffer.allocate(8);
        closed.close();
        assertThrows(IllegalStateException.class, () -> new Held(List.of(open, closed)).hold());
        long before = Buffer.live();
        open.close();
        assertEquals(before - 1, Buffer.live());
    }

    /** A run holds its tensors, and may be one of a million. */
    @Test
    void toHoldAgainTakesNoMemory() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Buffer one = Buffer.allocate(8); Buffer other = Buffer.allocate(8)) {
            Held held = new Held(List.of(one, other));
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                held.hold().close();
            }
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(bytes < 1000, bytes + " bytes");
        }
    }

    @Test
    void outsideOfATensorIsAnException() {
        try (Tensor tensor = Tensor.zeros(DType.FLOAT64, Shape.of(2))) {
            assertThrows(IndexOutOfBoundsException.class, () -> tensor.get(2));
            assertThrows(IndexOutOfBoundsException.class, () -> tensor.set(-1, 0));
            assertThrows(IllegalArgumentException.class, () -> tensor.set(1, 2, 3));
        }
    }

    @Test
    void aScopeClosesLastFirstAndAllOfThem() {
        List<Integer> closed = new ArrayList<>();
        Scope scope = new Scope();
        for (int i = 0; i < 3; i++) {
            int number = i;
            scope.add(() -> {
                closed.add(number);
                if (number == 1) {
                    throw new IllegalStateException("one");
                }
            });
        }
        assertThrows(IllegalStateException.class, scope::close);
        assertEquals(List.of(2, 1, 0), closed);
        assertThrows(IllegalStateException.class, () -> scope.add(() -> closed.add(9)));
        assertEquals(List.of(2, 1, 0, 9), closed);
    }

    @Test
    void memoryIsAlignedAndZero() {
        try (Buffer buffer = Buffer.allocate(100)) {
            assertEquals(0, buffer.address() % 64);
            assertEquals(-1, buffer.segment().mismatch(java.lang.foreign.MemorySegment.ofArray(new byte[100])));
        }
    }

    @Test
    void tooLargeIsAnErrorThatSaysSo() {
        OutOfMemoryError error = assertThrows(OutOfMemoryError.class, () -> Buffer.allocate(1L << 60));
        assertEquals("no " + (1L << 60) + " bytes of native memory; " + Buffer.live() + " buffers are open", error.getMessage());
    }
}
