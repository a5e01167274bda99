package dev.joule.examples;

/** What came of one loss. */
record Result(long steps, double seconds, double stepsPerSecond, double logDensityMse) {
}
