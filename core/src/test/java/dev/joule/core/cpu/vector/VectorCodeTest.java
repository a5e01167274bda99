package dev.joule.core.cpu.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;

import dev.joule.core.DType;
import dev.joule.core.plan.Instr;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Unary;
import org.junit.jupiter.api.Test;

/** Which instructions are functions of vectors, and what is known of their code. */
class VectorCodeTest {
    private static final Instr FLOAT = new Instr.Const(DType.FLOAT32, 1), DOUBLE = new Instr.Const(DType.FLOAT64, 1);

    @Test
    void allFunctionsOfFloat32ButThoseThatBranch() {
        Set<String> none = new TreeSet<>();
        for (Unary op : Unary.values()) {
            if (VectorCode.function(List.of(FLOAT, new Instr.Map(DType.FLOAT32, op, 0)), 1).isEmpty()) {
                none.add(op.word());
            }
        }
        for (Binary op : Binary.values()) {
            if (VectorCode.function(List.of(FLOAT, new Instr.Zip(DType.FLOAT32, op, 0, 0)), 1).isEmpty()) {
                none.add(op.word());
            }
        }
        assertEquals(Set.of("sin", "cos", "pow"), none);
        assertEquals("select", VectorCode.function(List.of(FLOAT, new Instr.Select(DType.FLOAT32, 0, 0, 0)), 1).orElseThrow());
    }

    @Test
    void noFunctionOfOtherTypes() {
        assertTrue(VectorCode.function(List.of(DOUBLE, new Instr.Map(DType.FLOAT64, Unary.EXP, 0)), 1).isEmpty());
        assertTrue(VectorCode.function(List.of(FLOAT, DOUBLE, new Instr.Select(DType.FLOAT32, 1, 0, 0)), 2).isEmpty());
        assertTrue(VectorCode.function(List.of(DOUBLE, new Instr.Cast(DType.FLOAT32, 0)), 1).isEmpty());
    }

    @Test
    void helpersCountAsTheirContents() {
        assertEquals(1, VectorCode.calls("add"));
        assertEquals(VectorCode.calls("less"), VectorCode.calls("equal"));
        assertTrue(VectorCode.calls("sigmoid") > VectorCode.calls("power"));
        assertEquals(3, VectorCode.arity("select"));
        assertThrows(NoSuchElementException.class, () -> VectorCode.arity("gamma"));
    }
}
