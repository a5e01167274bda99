package dev.joule.core.scalar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ErfTest {
    /** Abramowitz and Stegun, table 7.1, and erfc(5) from table 7.3. */
    @Test
    void tabulatedValues() {
        double[][] table = {{0, 0}, {0.1, 0.1124629160}, {0.5, 0.5204998778}, {1, 0.8427007929}, {1.5, 0.9661051465},
                {2, 0.9953222650},
                {2.4, 0.9993114861}, {2.6, 0.9997639656}, {3, 0.9999779095}};
        for (double[] row : table) {
            assertEquals(row[1], Unary.ERF.apply(row[0]), 1e-10);
            assertEquals(-row[1], Unary.ERF.apply(-row[0]), 1e-10);
        }
        assertEquals(1 - 1.5374597944e-12, Unary.ERF.apply(5), 1e-16);
        assertEquals(1, Unary.ERF.apply(Double.POSITIVE_INFINITY));
        assertEquals(Double.NaN, Unary.ERF.apply(Double.NaN));
    }

    /** The two formulas meet where they take over from each other. */
    @Test
    void continuous() {
        assertEquals(Unary.ERF.apply(Math.nextDown(2.5)), Unary.ERF.apply(2.5), 1e-15);
    }
}
