package dev.joule.autodiff.rewrite;

import java.util.Optional;
import java.util.function.Function;

import dev.joule.autodiff.Expr;

/**
 * A rewrite of one node into an equal one that is cheaper.
 *
 * @param name what {@code explain} calls it
 * @param law the mathematics, as left → right
 * @param rewrite the new node, or nothing where the law does not apply
 */
public record Rule(String name, String law, Function<Expr, Optional<Expr>> rewrite) {
}
