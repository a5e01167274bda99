package dev.joule.examples;

import picocli.CommandLine.Option;

/** How a model is trained. */
final class RunOptions {
    @Option(names = "--batch", defaultValue = "128", description = "fresh samples per step (default: ${DEFAULT-VALUE})")
    private int batch;

    @Option(names = "--every", defaultValue = "100", description = "steps between two measurements (default: ${DEFAULT-VALUE})")
    private long every;

    @Option(names = "--seed", defaultValue = "0", description = "of first values, data and noise (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--quiet", description = "no progress bar")
    private boolean quiet;

    int batch() {
        return batch;
    }

    long every() {
        return every;
    }

    long seed() {
        return seed;
    }

    boolean quiet() {
        return quiet;
    }

    void check() {
        BadInput.requireAtLeastOne("--batch", batch);
        BadInput.requireAtLeastOne("--every", every);
    }
}
