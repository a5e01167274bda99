package dev.joule.examples;

import java.io.IOException;

import dev.joule.ed.train.Trainer;

/** Trains up to a step, or until somebody wants it to end, and measures after the first step and then every {@code every}-th. */
record Training(Trainer trainer, long total, long every, Interrupt interrupt) {
    @FunctionalInterface
    interface Measurement {
        void take() throws IOException;
    }

    void run(Measurement measurement) throws IOException {
        while (trainer.step() < total && !interrupt.wished()) {
            to(Math.min(trainer.step() == 0 ? 1 : trainer.step() + every, total));
            measurement.take();
        }
    }

    /** Looks about once a second whether somebody wants it to end. */
    private void to(long end) {
        while (trainer.step() < end && !interrupt.wished()) {
            long aSecond = (long) (trainer.step() / trainer.seconds());
            trainer.run(Math.clamp(end - trainer.step(), 1, Math.max(1, aSecond)));
        }
    }
}
