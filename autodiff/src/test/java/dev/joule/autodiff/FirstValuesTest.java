package dev.joule.autodiff;

import static dev.joule.autodiff.Eval.eval;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.joule.autodiff.nn.Initialiser;

/** Moments of what is drawn. */
@ExtendWith(NoBufferLeft.class)
class FirstValuesTest {
    private static final int IN = 200, OUT = 800;

    /** @param largest of a uniform distribution; 0 for a normal one */
    @ParameterizedTest
    @CsvSource({"HE, 0.01, 0", "XAVIER, 0.002, 0.07746", "FAN_IN, 0.0016667, 0.070711", "PYTORCH, 0.0016667, 0.070711"})
    void weights(Initialiser initialiser, double variance, double largest) {
        Expr w = initialiser.weights(IN, OUT);
        assertEquals(0, eval(w.mean()).scalar(), 1e-3);
        assertEquals(variance, eval(w.var()).scalar(), 0.02 * variance);
        if (largest > 0) {
            assertEquals(largest, eval(w.max()).scalar(), 0.001 * largest);
            assertEquals(-largest, eval(w.min()).scalar(), 0.001 * largest);
        }
    }

    @Test
    void biases() {
        assertEquals(0, eval(Functions.abs(Initialiser.HE.biases(IN, OUT)).max()).scalar());
        double largest = eval(Functions.abs(Initialiser.PYTORCH.biases(IN, OUT)).max()).scalar();
        assertTrue(largest > 0.06 && largest < 0.0708, "largest: " + largest);
        assertEquals(0, eval(Functions.abs(Initialiser.PYTORCH.biases(0, OUT)).max()).scalar(), "of no inputs");
    }

    @Test
    void bernoulli() {
        assertEquals(0.2, eval(Noise.bernoulli(0.2, 100_000).mean()).scalar(), 0.01);
    }
}
