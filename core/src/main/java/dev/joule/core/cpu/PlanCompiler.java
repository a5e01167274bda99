package dev.joule.core.cpu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import dev.joule.core.cpu.loop.TileLoop;
import dev.joule.core.cpu.memory.Addresses;
import dev.joule.core.cpu.product.Products;
import dev.joule.core.cpu.rows.RowBlocks;
import dev.joule.core.cpu.rows.RowCompiler;
import dev.joule.core.cpu.rows.Share;
import dev.joule.core.cpu.work.Task;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Step;

/** Makes the tasks of a plan, in its order. */
final class PlanCompiler {
    private final long seed;
    private final int workers;
    private final Scope scope;
    private final List<Task> tasks = new ArrayList<>();
    private final List<Integer> steps = new ArrayList<>();
    private final List<RowBlocks> runs = new ArrayList<>();
    /** With the sums that loops behind a run make as they go. */
    private Plan plan;
    private Addresses addresses;

    PlanCompiler(Plan plan, Addresses addresses, long seed, int workers, Scope scope) {
        this.plan = plan;
        this.addresses = addresses;
        this.seed = seed;
        this.workers = workers;
        this.scope = scope;
        int next = 0;
        for (RowRun run : plan.runs()) {
            steps(next, run.first());
            run(run);
            next = run.end();
        }
        steps(next, plan.steps().size());
    }

    private void steps(int from, int to) {
        for (int number = from; number < to; number++) {
            List<Task> step = tasks(plan.steps().get(number));
            tasks.addAll(step);
            steps.addAll(Collections.nCopies(step.size(), number));
        }
    }

    private void run(RowRun run) {
        RowCompiler.Compiled compiled = new RowCompiler(plan, run, addresses, seed, workers, scope).compile();
        tasks.addAll(compiled.before());
        tasks.add(compiled.blocks());
        tasks.addAll(compiled.after());
        runs.add(compiled.blocks());
        steps.addAll(Collections.nCopies(compiled.before().size() + 1 + compiled.after().size(), -1));
        for (Share share : compiled.spread()) {
            plan = share.spread(plan, run.end());
            addresses = addresses.with(share.memory(), share.address());
        }
    }

    /** The tasks of one step by itself. */
    List<Task> tasks(Step step) {
        return switch (step) {
            case LoopStep loop -> TileLoop.of(loop, addresses, seed);
            case MatMulStep mul -> Products.of(mul, addresses, workers);
            case ScatterStep scatter -> List.of(new Scatter(scatter, addresses));
        };
    }

    List<Task> tasks() {
        return tasks;
    }

    /** The step that each task is all or part of; -1 for those of a run of rows. */
    List<Integer> steps() {
        return steps;
    }

    List<RowBlocks> runs() {
        return runs;
    }
}
