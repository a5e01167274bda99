package dev.joule.examples;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on the terminal: steps, rate, time left, loss. None where nobody looks. */
final class Progress implements AutoCloseable {
    private final ProgressBar bar;

    Progress(String name, long steps, boolean quiet) {
        boolean watched = !quiet && System.console() != null && System.console().isTerminal();
        bar = watched ? new ProgressBarBuilder().setTaskName(name).setInitialMax(steps).setUnit(" steps", 1).showSpeed()
                .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BAR).build() : null;
    }

    void at(long step, double loss, double error) {
        if (bar != null) {
            bar.stepTo(step);
            bar.setExtraMessage("loss %.4f, error %.4f".formatted(loss, error));
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
