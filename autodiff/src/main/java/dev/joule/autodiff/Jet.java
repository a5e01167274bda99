package dev.joule.autodiff;

/**
 * The derivatives of one node along k directions.
 *
 * @param tangents [k, *shape]: the first derivative along each direction
 * @param second [*shape]: the sum over the directions of the second derivatives (the Laplacian for an orthonormal basis); null where it
 *            is 0, or not asked for
 */
record Jet(Expr tangents, Expr second) {
}
