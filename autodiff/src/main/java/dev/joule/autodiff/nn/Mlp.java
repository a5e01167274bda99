package dev.joule.autodiff.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

import dev.joule.autodiff.Expr;

/** Linear layers with an activation between them, none behind the last. */
public record Mlp(List<Linear> layers, UnaryOperator<Expr> activation) implements Layer {

    /** Layers of the given sizes with PyTorch's first values: {@code Mlp.of(Functions::softplus, 2, 128, 128, 1)}. */
    public static Mlp of(UnaryOperator<Expr> activation, int... sizes) {
        return of(Initialiser.PYTORCH, activation, sizes);
    }

    public static Mlp of(Initialiser initialiser, UnaryOperator<Expr> activation, int... sizes) {
        return of("", initialiser, activation, sizes);
    }

    /** @param name comes before the variables' names, to tell networks apart: {@code name.layer0.weights} */
    public static Mlp of(String name, Initialiser initialiser, UnaryOperator<Expr> activation, int... sizes) {
        if (sizes.length < 2) {
            throw new IllegalArgumentException("mlp: needs an input and an output size, not " + sizes.length + " sizes");
        }
        List<Linear> layers = new ArrayList<>();
        for (int i = 0; i + 1 < sizes.length; i++) {
            layers.add(Linear.of((name.isEmpty() ? "" : name + ".") + "layer" + i, sizes[i], sizes[i + 1], initialiser));
        }
        return new Mlp(List.copyOf(layers), activation);
    }

    /** [*, in] to [*, out]. */
    @Override
    public Expr at(Expr x) {
        Expr y = layers.getFirst().at(x);
        for (Linear layer : layers.subList(1, layers.size())) {
            y = layer.at(activation.apply(y));
        }
        return y;
    }

    @Override
    public List<Expr> parameters() {
        return Layer.parameters(layers);
    }
}
