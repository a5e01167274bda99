package dev.joule.examples;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import dev.joule.autodiff.Functions;
import dev.joule.autodiff.nn.Initialiser;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.ed.Loss;
import dev.joule.ed.data.Distribution;
import dev.joule.ed.data.Gaussians25;
import dev.joule.ed.loss.ContrastiveDivergence;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.ed.loss.ScoreMatching;

/** The names of the paper's losses and data, with the authors' numbers. */
final class Experiment {
    private static final Map<String, Supplier<Distribution>> DATA = Map.of("25gaussians", Gaussians25::new);
    private static final List<String> LOSSES = List.of("ed", "sm", "cd");

    private Experiment() {
    }

    /** The network of all 25-Gaussians experiments. With zero biases it learns sooner than with PyTorch's random ones. */
    static Mlp network() {
        return Mlp.of(Initialiser.FAN_IN, Functions::softplus, 2, 128, 128, 128, 128, 1);
    }

    static Distribution data(String name) {
        BadInput.require(DATA.containsKey(name), "unknown data \"" + name + "\": use " + String.join(", ", DATA.keySet()));
        return DATA.get(name).get();
    }

    static Loss loss(String name, double t, int particles, double w) {
        return switch (name) {
            case "ed" -> new EnergyDiscrepancy(t, particles, w);
            case "sm" -> new ScoreMatching();
            case "cd" -> ContrastiveDivergence.notebook();
            default -> throw new BadInput("unknown loss \"" + name + "\": use " + String.join(", ", LOSSES));
        };
    }

    static String title(String loss) {
        return switch (loss) {
            case "ed" -> "energy discrepancy";
            case "sm" -> "score matching";
            case "cd" -> "contrastive divergence";
            default -> loss;
        };
    }
}
