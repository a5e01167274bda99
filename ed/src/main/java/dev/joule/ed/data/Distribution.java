package dev.joule.ed.data;

import dev.joule.autodiff.Expr;

/** A distribution that can be drawn from, with a known density. */
public interface Distribution {
    /** Size d of a sample. */
    int dimension();

    /** Fresh samples [n, d] in every run of a program. */
    Expr sample(int n);

    /** The exact log-density [*] at x [*, d]. */
    Expr logDensity(Expr x);

    /** A picture of the density goes from -extent to extent in each direction. */
    double extent();
}
