package dev.joule.examples;

import static dev.joule.autodiff.Noise.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Gradient;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.core.Devices;
import dev.joule.core.Shape;

@ExtendWith(NoBufferLeft.class)
class ImageModelTest {
    private static boolean isZero(double[] values) {
        return Arrays.stream(values).allMatch(value -> value == 0);
    }

    @Test
    void theErrorIsTheDecodersAndTheDiscrepancyThePriors() {
        ImageModel model = ImageModel.of(1);
        Expr x = ImageData.discs().batch(2), z = model.codes(x);
        Expr decoder = model.layers().get(2).weights(), prior = model.net().layers().get(1).weights();
        List<Expr> gradients = List.of(Gradient.gradient(model.error(x, z), decoder), Gradient.gradient(model.error(x, z), prior),
                Gradient.gradient(model.energyDiscrepancy(z), decoder), Gradient.gradient(model.energyDiscrepancy(z), prior));
        try (Store store = new Store(Devices.cpu(2), 0); Program program = Program.compile(store, gradients, List.of())) {
            program.run();
            assertEquals(List.of(false, true, true, false),
                    gradients.stream().map(program::values).map(ImageModelTest::isZero).toList());
        }
    }

    @Test
    void codesAreDecodedToImages() {
        ImageModel model = ImageModel.of(3);
        assertEquals(Shape.of(5, 28, 28, 1), model.decode(normal(5, ImageModel.CODE)).shape());
        assertEquals(List.of("[64, 4, 4, 12]", "[12, 3, 3, 6]", "[6, 4, 4, 3]", "[3, 4, 4, 1]"),
                model.layers().stream().map(layer -> layer.weights().shape().toString()).toList());
    }

    @Test
    void discsAreWhiteOnBlack() {
        double[] images = Eval.eval(ImageData.discs().batch(64), Devices.cpu(1), 0).values();
        assertTrue(Arrays.stream(images).allMatch(value -> value >= -1 && value <= 1));
        for (int image = 0; image < 64; image++) {
            long white = Arrays.stream(images, image * 784, (image + 1) * 784).filter(value -> value > 0).count();
            assertTrue(white > 28 && white < 392, "image " + image + ": " + white + " of 784 pixels are white");
        }
    }
}
