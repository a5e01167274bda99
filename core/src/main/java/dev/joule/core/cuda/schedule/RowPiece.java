package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

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
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.Written;

/**
 * Neighbouring steps of a run of rows of which one kernel does all but the sums over all rows, so that what were dozens of launches, each
 * waiting for the one before, is one. The sums come behind it, from what it leaves in memory. A loop that does both is two: its sums are then of
 * what it has stored, where it has.
 */
final class RowPiece {
    /** Enough blocks for a large GPU; with more, each would load all weights for fewer rows. */
    private static final int ENOUGH_BLOCKS = 256;
    private static final int MULTIPROCESSORS = 128;
    /**
     * Multiplications and additions that a multiprocessor does in the time of a launch, in the products of a few rows. Where there is more to
     * do than so much for each launch that is saved, the kernels of a BLAS, which have all of the GPU for one product, are quicker.
     */
    private static final double WORK_OF_A_LAUNCH = 150_000;
    /** And in the time in which it has a number of the weights, which all blocks want at the same time. */
    private static final double WORK_OF_A_WEIGHT = 5;

    /** A step of the run, or what is left of it. */
    private record Numbered(int number, Step step) {
    }

    private final Plan plan;
    private final RowRun run;
    private final int first;
    private int end;
    /** Rows of a block. */
    private final int count;
    private final List<Numbered> rows = new ArrayList<>();
    private final List<Numbered> sums = new ArrayList<>();

    RowPiece(Plan plan, RowRun run, int first) {
        this.plan = plan;
        this.run = run;
        this.first = first;
        this.end = first;
        int count = Math.max(1, run.rows() / ENOUGH_BLOCKS);
        while (run.rows() % count != 0) {
            count--;
        }
        this.count = count;
    }

    /** The run as one piece if that is worth it; else the pieces between its large steps that are. */
    static List<RowPiece> of(Plan plan, RowRun run) {
        List<RowPiece> whole = pieces(plan, run, true);
        return whole.size() == 1 && whole.getFirst().isWorthIt() ? whole
                : pieces(plan, run, false).stream().filter(RowPiece::isWorthIt).toList();
    }

    /** Pieces of a run, each as long as it can be. Some are empty: these are not worth it. */
    private static List<RowPiece> pieces(Plan plan, RowRun run, boolean large) {
        List<RowPiece> pieces = new ArrayList<>(List.of(new RowPiece(plan, run, run.first())));
        for (int number = run.first(); number < run.end(); number++) {
            boolean possible = large || !pieces.getLast().isLarge(number);
            if (!possible || !pieces.getLast().add(number)) {
                pieces.add(new RowPiece(plan, run, number));
                if (!possible || !pieces.getLast().add(number)) {
                    pieces.add(new RowPiece(plan, run, number + 1));
                }
            }
        }
        return pieces;
    }

    int first() {
        return first;
    }

    /** The number of the first step behind it. */
    int end() {
        return end;
    }

    /** Adds the next step; false, and nothing is added, if a sum that was added before is of something that this one overwrites. */
    private boolean add(int number) {
        Step step = plan.steps().get(number);
        if (isLong(step)) {
            return false;
        }
        if (!isSummed(step, axis(number))) {
            if (!sumsAllow(step)) {
                return false;
            }
            rows.add(new Numbered(number, step));
        } else if (step instanceof LoopStep loop && !loop.stores().isEmpty()) {
            LoopStep stores = loop.only(loop.stores(), List.of());
            LoopStep ofOthers = sums(loop, store -> new Instr.Const(dtype(loop, store), 0));
            if (!sumsAllow(stores) || Touch.conflict(Touch.of(plan, stores), Touch.of(plan, ofOthers))) {
                return false;
            }
            rows.add(new Numbered(number, stores));
            sums.add(new Numbered(number, sums(loop, store -> new Instr.Load(dtype(loop, store), store.view()))));
        } else {
            sums.add(new Numbered(number, step));
        }
        end = number + 1;
        return true;
    }

    private boolean sumsAllow(Step step) {
        List<Touch> touched = Touch.of(plan, step);
        return sums.stream().noneMatch(sum -> Touch.conflict(Touch.of(plan, sum.step()), touched));
    }

    private int axis(int number) {
        return run.axes().get(number - run.first());
    }

    private static boolean isSummed(Step step, int axis) {
        return switch (step) {
            case LoopStep loop -> loop.reduces(axis);
            case MatMulStep mul -> mul.sums(axis);
            case ScatterStep _ -> throw new IllegalStateException("a scatter in a run of rows");
        };
    }

    /** The reductions of a loop; what it stores comes from {@code stored}. */
    private static LoopStep sums(LoopStep loop, Function<LoopStep.Store, Instr> stored) {
        List<Instr> body = new ArrayList<>(loop.body());
        loop.stores().forEach(store -> body.set(store.register(), stored.apply(store)));
        return new LoopStep(loop.domain(), loop.reduceFrom(), loop.reduceTo(), body, List.of(), loop.reductions(), loop.origin())
                .only(List.of(), loop.reductions());
    }

    private static DType dtype(LoopStep loop, LoopStep.Store store) {
        return loop.body().get(store.register()).dtype();
    }

    /** Whether there is less to do than the launches take that one kernel saves. */
    private boolean isWorthIt() {
        int launches = levels().size();
        return launches > 1 && rows.stream().mapToDouble(this::work).sum() <= WORK_OF_A_LAUNCH * (launches - 1);
    }

    /** Whether a step takes longer by rows than a launch. */
    private boolean isLarge(int number) {
        return !isSummed(plan.steps().get(number), axis(number))
                && work(new Numbered(number, plan.steps().get(number))) > WORK_OF_A_LAUNCH;
    }

    /** What a multiprocessor has to do for a step, in multiplications and additions. */
    private double work(Numbered step) {
        double weights = step.step() instanceof MatMulStep mul ? WORK_OF_A_WEIGHT / rowsOfProduct(mul, axis(step.number())) : 0;
        return step.step().work() * Math.max(1, weights) / Math.min(run.rows() / count, MULTIPROCESSORS);
    }

    /** How many rows of a block are multiplied by the same weights. */
    private int rowsOfProduct(MatMulStep mul, int axis) {
        return Math.max(1, axis < mul.batch().length ? mul.m() : mul.m() / run.rows() * count);
    }

    /** Whether a step's places, in memory or in a loop, are numbers of 64 bits. */
    private boolean isLong(Step step) {
        boolean manyPlaces = step instanceof LoopStep loop && Shape.of(loop.domain()).count() > Integer.MAX_VALUE;
        return manyPlaces || Stream.concat(step.reads().stream(), Written.by(step).stream().map(written -> written.view().slot()))
                .anyMatch(slot -> plan.slots().get(slot).count() > Integer.MAX_VALUE);
    }

    /** The kernel, and the sums behind it. */
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
                if (arguments.size() >= Schedule.MOST_ARGUMENTS && !touching.isEmpty()) {
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
        List<List<Touch>> touches = rows.stream().map(step -> Touch.of(plan, step.step())).toList();
        return Parts.levels(Parts.before(touches)).stream().map(level -> level.stream().map(rows::get).toList()).toList();
    }

    private List<Body> bodies(Numbered step) {
        int axis = axis(step.number());
        return switch (step.step()) {
            case LoopStep loop -> LoopText.of(plan, loop, new BlockRows(axis, count), step.number());
            case MatMulStep mul when Shape.of(mul.cDomain()).count() == 0 -> List.of();
            case MatMulStep mul -> List.of(RowProductText.of(plan, mul, axis, run.rows(), count, step.number()));
            case ScatterStep _ -> throw new IllegalStateException("a scatter in a run of rows");
        };
    }
}
