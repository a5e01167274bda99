package dev.joule.examples;

import java.util.List;
import java.util.concurrent.Callable;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Gradient;
import dev.joule.autodiff.explain.Explain;
import dev.joule.autodiff.explain.ExplainPlan;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.autodiff.optim.Adam;
import dev.joule.autodiff.planner.Planned;
import dev.joule.autodiff.planner.Planner;
import dev.joule.ed.Energy;
import dev.joule.ed.data.Gaussians25;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "explain", mixinStandardHelpOptions = true, description = "Shows what becomes of a loss: the expression, its gradient, and the plan of a training step.")
final class ExplainLoss implements Callable<Integer> {
    @Option(names = "--loss", required = true, description = "ed, sm or cd")
    private String loss;

    @Override
    public Integer call() {
        Mlp net = Experiment.network();
        Expr value = Experiment.loss(loss, 1, 4, 1).of(Energy.of(net), new Gaussians25().sample(128));
        List<Expr> gradients = Gradient.gradient(value, net.parameters());
        Planned planned = Planner.plan(List.of(value), Adam.of(1e-3).updates(net.parameters(), gradients));

        System.out.printf("The loss %s of an energy 2-128-128-128-128-1 on 128 samples, as an expression:%n%n%s%n", loss,
                Explain.expression(value));
        System.out.printf(
                "Its gradient by the %d parameters, which is an expression too; each line says what it is the derivative of:%n%n%s%n",
                gradients.size(),
                Explain.expressions(gradients));
        System.out.printf("Simplified by these rules, and how often:%n%n");
        planned.rewrites().forEach((rule, times) -> System.out.printf("  %-22s %d%n", rule, times));
        System.out.printf("%nThe training step (loss, gradient, Adam) as a plan:%n%n%s", ExplainPlan.of(planned.plan()));
        return 0;
    }
}
