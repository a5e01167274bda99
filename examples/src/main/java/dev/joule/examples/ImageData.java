package dev.joule.examples;

import static dev.joule.autodiff.Constants.range;
import static dev.joule.autodiff.Functions.sqrt;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Functions.tanh;
import static dev.joule.autodiff.Noise.randint;
import static dev.joule.autodiff.Noise.uniform;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

import dev.joule.autodiff.Expr;
import dev.joule.core.Shape;
import dev.joule.ed.file.Idx;

/** Images to learn: batches [n, SIDE, SIDE, 1] of numbers from -1, black, to 1, white; others in each run of a program. */
interface ImageData {
    int SIDE = 28;

    Expr batch(int n);

    /** Discs of any size around the middle. */
    static ImageData discs() {
        return n -> {
            Expr row = uniform(n, 1, 1).add(0.5).mul(SIDE / 2.0), column = uniform(n, 1, 1).add(0.5).mul(SIDE / 2.0),
                    radius = uniform(n, 1, 1).mul(6).add(4);
            Expr square = square(range(SIDE).reshape(SIDE, 1).sub(row)).add(square(range(SIDE).sub(column)));
            return tanh(radius.sub(sqrt(square.add(0.01)))).expandDims(-1);
        };
    }

    /** Those of a file in the format of MNIST. */
    static ImageData of(Path file) {
        Idx images = read(file);
        int count = images.shape().rank() == 3 ? images.shape().size(0) : 0;
        BadInput.require(count > 0 && images.shape().equals(Shape.of(count, SIDE, SIDE)),
                file + ": has shape " + images.shape() + ", and must have [n, " + SIDE + ", " + SIDE + "]");
        Expr all = images.array(-1, 1).expandDims(-1);
        return n -> all.rows(randint(count, n));
    }

    private static Idx read(Path file) {
        try {
            return Idx.read(file);
        } catch (NoSuchFileException _) {
            throw new BadInput("there is no file " + file);
        } catch (IOException e) {
            throw new BadInput("cannot read images: " + e.getMessage());
        }
    }
}
