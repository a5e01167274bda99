package dev.joule.autodiff.nn;

import java.util.List;
import java.util.stream.Stream;

import dev.joule.autodiff.Expr;

/** A map with parameters: a layer, a network, or one's own of these. */
public interface Layer {
    Expr at(Expr x);

    List<Expr> parameters();

    /** Those of all layers, in this order. */
    static List<Expr> parameters(Layer... layers) {
        return parameters(List.of(layers));
    }

    /** Those of some layers, and then of others: {@code Layer.parameters(hidden, out)}. */
    static List<Expr> parameters(List<? extends Layer> layers, Layer... more) {
        return Stream.concat(layers.stream(), Stream.of(more)).flatMap(layer -> layer.parameters().stream()).toList();
    }
}
