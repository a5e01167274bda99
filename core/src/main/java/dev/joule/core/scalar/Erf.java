package dev.joule.core.scalar;

/**
 * The error function erf(x) = 2/sqrt(pi) * integral of exp(-s^2) over [0, x], in double precision (relative error below
 * 1e-14): its Maclaurin series near zero, and the continued fraction of erfc (Abramowitz and Stegun 7.1.14) in the tails.
 */
final class Erf {
    private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
    private static final double SERIES_UP_TO = 2.5;
    private static final int FRACTION_TERMS = 60;

    private Erf() {
    }

    static double erf(double x) {
        if (Double.isNaN(x)) {
            return x;
        }
        double magnitude = Math.abs(x);
        return magnitude < SERIES_UP_TO ? series(x) : Math.copySign(1 - tail(magnitude), x);
    }

    /** erf x = 2/sqrt(pi) e^(-x^2) * sum of 2^n x^(2n+1) / (1*3*5*...*(2n+1)): all terms have one sign, so none cancel. */
    private static double series(double x) {
        double term = x, sum = x;
        for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
    }

    /** erfc x = e^(-x^2)/sqrt(pi) * 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))). */
    private static double tail(double x) {
        if (x > 27) {
            return 0;   // below the smallest double
        }
        double fraction = x;
        for (int n = FRACTION_TERMS; n >= 1; n--) {
            fraction = x + n / 2.0 / fraction;
        }
        return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
    }
}
