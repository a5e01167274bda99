package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.cuda.text.Arg;
import dev.joule.core.cuda.text.BlockRows;
import dev.joule.core.cuda.text.Body;
import dev.joule.core.cuda.text.LoopText;
import dev.joule.core.cuda.text.RowProductText;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.ScatterAddStep;
import dev.joule.core.plan.Step;

/**
 * A run of rows in which each block of threads takes some rows through all steps, so that what were dozens of launches, one waiting for the
 * other, is one. What is summed over all rows comes behind it, from what the run leaves in memory.
 */
record RowParts(RowRun run, List<Part> parts) {
    /** Enough blocks for a large GPU; with more, each would load all weights for fewer rows. */
    private static final int ENOUGH_BLOCKS = 256;
    private static final int MULTIPROCESSORS = 128;
    /**
     * Multiplications and additions that a multiprocessor does in the time of a launch, in the products of a few rows. Where there is more to
     * do than so much for each launch that is saved, the kernels of a BLAS, which have all of the GPU for one product, are quicker.
     */
    private static final double WORK_OF_A_LAUNCH = 150_000;

    /** The parts of a run; none if that is not worth it, or if what its sums are of is no more when it has ended. */
    static Optional<RowParts> of(Plan plan, RowRun run) {
        Writer writer = new Writer(plan, run);
        boolean possible = writer.split() && writer.isWorthIt();
        return possible ? Optional.of(new RowParts(run, writer.parts())) : Optional.empty();
    }

    /** A step of the run, or what is left of it. */
    private record Numbered(int number, Step step) {
    }

    private static final class Writer {
        private final Plan plan;
        private final RowRun run;
        /** Rows of a block. */
        private final int count;
        private final List<Numbered> phases = new ArrayList<>();
        private final List<Numbered> sums = new ArrayList<>();

        Writer(Plan plan, RowRun run) {
            this.plan = plan;
            this.run = run;
            int count = Math.max(1, run.rows() / ENOUGH_BLOCKS);
            while (run.rows() % count != 0) {
                count--;
            }
            this.count = count;
        }

        boolean isWorthIt() {
            double work = phases.stream().mapToDouble(phase -> work(phase.step())).sum();
            return work / Math.min(run.rows() / count, MULTIPROCESSORS) <= WORK_OF_A_LAUNCH * (levels().size() - 1);
        }

        private static double work(Step step) {
            return switch (step) {
                case LoopStep loop -> (double) loop.body().size() * Shape.of(loop.domain()).count();
                case MatMulStep mul -> mul.flop() / 2;
                case ScatterAddStep _ -> throw new IllegalStateException("a scatter in a run of rows");
            };
        }

        /** Divides steps into those of rows and sums over all of them; false if a sum could not be made at the end. */
        boolean split() {
            for (int i = 0; i < run.axes().size(); i++) {
                Step step = plan.steps().get(run.first() + i);
                int axis = run.axes().get(i), number = run.first() + i;
                if (!isSummed(step, axis)) {
                    phases.add(new Numbered(number, step));
                } else if (step instanceof LoopStep loop && !loop.stores().isEmpty()) {
                    LoopStep stores = loop.only(loop.stores(), List.of());
                    LoopStep ofOthers = sums(loop, store -> new Instr.Const(dtype(loop, store), 0));
                    if (Touch.conflict(Touch.of(plan, stores), Touch.of(plan, ofOthers))) {
                        return false;
                    }
                    phases.add(new Numbered(number, stores));
                    sums.add(new Numbered(number, sums(loop, store -> new Instr.Load(dtype(loop, store), store.view()))));
                } else {
                    sums.add(new Numbered(number, step));
                }
            }
            return sums.stream().noneMatch(sum -> phases.stream().anyMatch(phase -> phase.number() > sum.number()
                    && Touch.conflict(Touch.of(plan, phase.step()), Touch.of(plan, sum.step()))));
        }

        private static boolean isSummed(Step step, int axis) {
            return switch (step) {
                case LoopStep loop -> axis >= loop.reduceFrom() && axis < loop.reduceTo();
                case MatMulStep mul -> axis == mul.batch().length + 2;
                case ScatterAddStep _ -> throw new IllegalStateException("a scatter in a run of rows");
            };
        }

        /** The reductions of a loop that has stored its results; these are had anew in some way. */
        private static LoopStep sums(LoopStep loop, Function<LoopStep.Store, Instr> stored) {
            List<Instr> body = new ArrayList<>(loop.body());
            loop.stores().forEach(store -> body.set(store.register(), stored.apply(store)));
            return new LoopStep(loop.domain(), loop.reduceFrom(), loop.reduceTo(), body, List.of(), loop.reductions(),
                    loop.origin())
                    .only(List.of(), loop.reductions());
        }

        private static DType dtype(LoopStep loop, LoopStep.Store store) {
            return loop.body().get(store.register()).dtype();
        }

        List<Part> parts() {
            List<Part> parts = new ArrayList<>(kernels());
            sums.forEach(sum -> parts.addAll(Part.of(plan, sum.step(), sum.number())));
            return parts;
        }

        /** One kernel, or as many as it takes until all arguments have room. */
        private List<Part> kernels() {
            List<Part> kernels = new ArrayList<>();
            List<List<Body>> phases = new ArrayList<>();
            List<Step> touching = new ArrayList<>();
            Set<Arg> arguments = new HashSet<>();
            for (List<Numbered> level : levels()) {
                phases.add(new ArrayList<>());
                for (Numbered step : level) {
                    List<Body> bodies = bodies(step);
                    bodies.forEach(body -> arguments.addAll(body.arguments()));
                    if (arguments.size() >= Schedule.MOST_ARGUMENTS) {
                        kernels.add(kernel(phases, touching));
                        phases = new ArrayList<>(List.of(new ArrayList<>()));
                        touching = new ArrayList<>();
                        arguments.clear();
                        bodies.forEach(body -> arguments.addAll(body.arguments()));
                    }
                    phases.getLast().addAll(bodies);
                    touching.add(step.step());
                }
            }
            kernels.add(kernel(phases, touching));
            return kernels;
        }

        private Part kernel(List<List<Body>> phases, List<Step> touching) {
            return new Part(new Work.Rows(phases.stream().filter(phase -> !phase.isEmpty()).toList(), count, run.rows() / count),
                    touching);
        }

        /** Steps that do not depend on each other need no barrier between them. */
        private List<List<Numbered>> levels() {
            List<List<Touch>> touches = phases.stream().map(phase -> Touch.of(plan, phase.step())).toList();
            return Parts.levels(Parts.before(touches)).stream().map(level -> level.stream().map(phases::get).toList()).toList();
        }

        private List<Body> bodies(Numbered phase) {
            int axis = run.axes().get(phase.number() - run.first());
            return switch (phase.step()) {
                case LoopStep loop -> LoopText.of(plan, loop, new BlockRows(axis, count), phase.number());
                case MatMulStep mul when Shape.of(mul.domain(mul.m(), mul.n())).count() == 0 -> List.of();
                case MatMulStep mul -> List.of(RowProductText.of(plan, mul, axis, run.rows(), count, phase.number()));
                case ScatterAddStep _ -> throw new IllegalStateException("a scatter in a run of rows");
            };
        }
    }
}
