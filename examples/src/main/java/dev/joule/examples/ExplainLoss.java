package dev.joule.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Gradient;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.explain.Explain;
import dev.joule.autodiff.explain.ExplainPlan;
import dev.joule.autodiff.planner.Pass;
import dev.joule.autodiff.planner.Planned;
import dev.joule.autodiff.planner.Planner;
import dev.joule.core.Execution;
import dev.joule.core.cuda.schedule.Schedule;
import dev.joule.core.cuda.schedule.ScheduleText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "explain", mixinStandardHelpOptions = true, description = "Shows what becomes of a loss: the expression, its gradient, and the plan of a training step.")
final class ExplainLoss implements Callable<Integer> {
    @Option(names = "--loss", required = true, description = "one of " + Step.ANY)
    private String loss;

    @Option(names = "--profile", description = "run the step, and show how long each part of the plan takes")
    private boolean profile;

    @Option(names = "--kernels", paramLabel = "DIR", description = "with --device cuda: write the kernels that a GPU would run to files in this folder; no GPU is needed")
    private Path kernels;

    @Mixin
    private DeviceOptions device;

    @Override
    public Integer call() {
        BadInput.require(kernels == null || device.name().startsWith("cuda"), "--kernels is for --device cuda");
        Step step = Step.of(loss);
        // opening says so if there is no such device; a GPU, which reads no windows, is not needed to see its plan
        boolean windows = !device.name().startsWith("cuda") && device.open().readsWindows();
        List<Expr> parameters = step.parameters();
        List<Expr> gradients = Gradient.gradient(step.loss(), parameters);
        Planned planned = Planner.plan(List.of(step.loss()), step.updates(), Pass.wanted(windows));
        if (kernels != null) {
            write(Schedule.kernelFiles(planned.plan()));
        }
        String plan = profile ? profiled(planned) : ExplainPlan.of(planned.plan());

        System.out.printf("The loss %s, as an expression:%n%n%s%n", loss, Explain.expression(step.loss()));
        System.out.printf(
                "Its gradient by the %d parameters, which is an expression too; each line says what it is the derivative of:%n%n%s%n",
                gradients.size(), Explain.expressions(gradients));
        System.out.printf("Simplified by these rules, and how often:%n%n");
        planned.rewrites().forEach((rule, times) -> System.out.printf("  %-22s %d%n", rule, times));
        System.out.printf("%nPasses of the planner:%n%n");
        planned.passes().forEach((pass, what) -> System.out.printf("  %-22s %s%n", pass.word(), what));
        System.out.printf("%nThe training step (loss, gradient, Adam, moving average) as a plan:%n%n%s", plan);
        if (device.name().startsWith("cuda")) {
            System.out.printf("%nAs launches on a GPU:%n%n%s", ScheduleText.of(planned.plan()));
        }
        if (kernels != null) {
            System.out.printf("%nThe kernels of a GPU are in %s%n", kernels);
        }
        return 0;
    }

    private void write(Map<String, String> files) {
        try {
            Files.createDirectories(kernels);
            for (Map.Entry<String, String> file : files.entrySet()) {
                Files.writeString(kernels.resolve(file.getKey() + ".cu"), file.getValue());
            }
        } catch (IOException e) {
            throw new BadInput("cannot write to " + kernels + ": " + e.getMessage());
        }
    }

    /** The plan with the time that each step takes: the medians of many runs, after three seconds in which the JIT compiler does its work. */
    private String profiled(Planned planned) {
        try (Store store = new Store(device.open(), 0); Program program = Program.of(store, planned)) {
            long start = System.nanoTime();
            do {
                program.run();
            } while (System.nanoTime() - start < 3_000_000_000L);
            long times = Math.max(1, program.clock() / 100);
            List<Execution.Times> all = IntStream.range(0, 51).mapToObj(_ -> program.runTimed(times)).toList();
            return ExplainPlan.of(planned.plan(),
                    IntStream.range(0, planned.plan().steps().size())
                            .mapToDouble(step -> median(all, run -> run.steps()[step]) / times).toArray(),
                    median(all, Execution.Times::total) / times);
        }
    }

    private static double median(List<Execution.Times> runs, ToLongFunction<Execution.Times> of) {
        return runs.stream().mapToLong(of).sorted().skip(runs.size() / 2).findFirst().orElseThrow();
    }
}
