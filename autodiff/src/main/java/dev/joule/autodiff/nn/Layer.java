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
        return Stream.of(layers).flatMap(layer -> layer.parameters().stream()).toList();
    }

    static List<Expr> parameters(List<? extends Layer> layers) {
        return parameters(layers.toArray(Layer[]::new));
    }
}
