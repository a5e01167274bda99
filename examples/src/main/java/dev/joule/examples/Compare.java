package dev.joule.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import dev.joule.core.Device;
import dev.joule.ed.Loss;
import dev.joule.ed.data.Distribution;
import dev.joule.ed.file.Json;
import dev.joule.ed.picture.Curve;
import dev.joule.ed.picture.DensityPicture;
import dev.joule.ed.picture.ErrorChart;
import dev.joule.ed.picture.Grid;
import dev.joule.ed.picture.Panel;
import dev.joule.ed.train.NotFinite;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "compare", mixinStandardHelpOptions = true, description = "Learns a density with each loss, and compares them: the paper's central experiment, with the authors' numbers.")
final class Compare implements Callable<Integer> {
    private static final int PICTURE_SIDE = 300;
    private static final String METRICS = "metrics.csv", SUMMARY = "summary.json", DENSITY = "density.png", ERRORS = "mse.png";

    @Option(names = "--losses", split = ",", defaultValue = "ed,sm,cd", description = "which of ed, sm, cd, in this order (default: ${DEFAULT-VALUE})")
    private List<String> losses;

    @Option(names = "--data", defaultValue = "25gaussians", description = "what to learn (default: ${DEFAULT-VALUE})")
    private String data;

    @Option(names = "--steps", defaultValue = "50001", description = "training steps of each loss (default: ${DEFAULT-VALUE})")
    private long steps;

    @Option(names = "--t", defaultValue = "1", description = "ED: variance of the perturbation (default: ${DEFAULT-VALUE})")
    private double t;

    @Option(names = "--particles", defaultValue = "4", description = "ED: recoveries of each sample, M (default: ${DEFAULT-VALUE})")
    private int particles;

    @Option(names = "--w", defaultValue = "1", description = "ED: weight of the stabilisation (default: ${DEFAULT-VALUE})")
    private double w;

    @Option(names = "--out", defaultValue = "runs/compare", description = "folder for the results (default: ${DEFAULT-VALUE})")
    private Path out;

    @Mixin
    private RunOptions run;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() throws IOException {
        BadInput.requireAtLeastOne("--steps", steps);
        run.check();
        BadInput.require(new HashSet<>(losses).size() == losses.size(), "--losses names one twice: " + String.join(",", losses));
        Map<String, Loss> contestants = new LinkedHashMap<>();
        losses.forEach(name -> contestants.put(name, BadInput.unlessPossible(() -> Experiment.loss(name, t, particles, w))));
        Distribution truth = Experiment.data(data);
        Device where = device.open();
        Outputs.requireWritable(out,
                Stream.concat(Stream.of(METRICS, SUMMARY, DENSITY, ERRORS), losses.stream().map(Compare::parameters)));
        try (Interrupt interrupt = new Interrupt()) {
            return compare(contestants, truth, where, interrupt);
        }
    }

    private int compare(Map<String, Loss> contestants, Distribution truth, Device where, Interrupt interrupt) throws IOException {
        Map<String, Result> results = new LinkedHashMap<>();
        List<Panel> panels = new ArrayList<>();
        List<Curve> curves = new ArrayList<>();
        Grid grid = new Grid(truth.extent(), PICTURE_SIDE);
        boolean failed = false;
        try (MetricsFile metrics = new MetricsFile(out.resolve(METRICS), "loss,step,seconds,train_loss,log_density_mse")) {
            for (Map.Entry<String, Loss> entry : contestants.entrySet()) {
                try (Contest contest = BadInput.unlessPossible(
                        () -> new Contest(entry.getKey(), entry.getValue(), truth, run.batch(), where, run.seed()))) {
                    try {
                        contest.run(steps, run, metrics, interrupt);
                    } catch (NotFinite e) {
                        failed = true;   // said already; what came before is kept
                    }
                    if (interrupt.wished() && !contest.hasBegun()) {
                        break;
                    }
                    results.put(entry.getKey(), contest.result());
                    contest.save(out.resolve(parameters(entry.getKey())));
                    if (panels.isEmpty()) {
                        panels.add(contest.truth(grid));
                    }
                    panels.add(contest.panel(grid));
                    curves.add(contest.curve());
                }
                if (interrupt.wished()) {
                    break;
                }
            }
        }
        if (results.isEmpty()) {
            System.err.println("joule: interrupted before the first step; nothing is written");
            return Interrupt.EXIT_CODE;
        }
        Json.write(out.resolve(SUMMARY), results);
        print(results);
        DensityPicture.write(out.resolve(DENSITY), grid.extent(), panels);
        ErrorChart.write(out.resolve(ERRORS), curves);
        System.out.println("written to " + out + ": metrics.csv, summary.json, density.png, mse.png, *.safetensors");
        return interrupt.wished() ? Interrupt.EXIT_CODE : failed ? ExitCode.SOFTWARE : 0;
    }

    private static String parameters(String loss) {
        return loss + ".safetensors";
    }

    private static void print(Map<String, Result> results) {
        System.out.printf("%-24s %8s %9s %9s %16s%n", "loss", "steps", "seconds", "steps/s", "log-density MSE");
        results.forEach((name, result) -> System.out.printf("%-24s %8d %9.1f %9.1f %16s%n", Experiment.title(name),
                result.steps(), result.seconds(), result.stepsPerSecond(),
                String.format(result.logDensityMse() < 1e6 ? "%.4f" : "%.4g", result.logDensityMse())));
    }
}
