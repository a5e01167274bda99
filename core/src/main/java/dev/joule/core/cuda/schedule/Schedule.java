package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import dev.joule.core.cuda.text.Body;
import dev.joule.core.cuda.text.LoopText;
import dev.joule.core.cuda.text.ModuleText;
import dev.joule.core.cuda.text.ScatterText;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.ScatterAddStep;
import dev.joule.core.plan.Step;

/**
 * A plan as launches. Two steps depend on each other where they touch the same memory and one of them writes it. The level of a step is the
 * number of steps that must come before it if each is done as late as possible: then all updates of parameters, which nothing waits for,
 * are in the last level, and one kernel does all loops of a level.
 *
 * @param scratch where each step's scratch memory begins, and last how much there is in all
 */
public record Schedule(List<Launch> launches, long[] scratch) {
    /** Launches may overlap on so many streams. */
    public static final int STREAMS = 4;
    /** A kernel takes at most 4,096 bytes of arguments on every device. */
    private static final int MOST_ARGUMENTS = 500;
    private static final int ALIGNMENT = 256;

    /** Kernels of as many loops as possible, on streams. */
    public static Schedule of(Plan plan) {
        Parts parts = Parts.of(plan);
        int[] levels = parts.levels();
        TreeMap<Integer, List<Integer>> byLevel = new TreeMap<>();
        for (int part = 0; part < levels.length; part++) {
            byLevel.computeIfAbsent(levels[part], _ -> new ArrayList<>()).add(part);
        }
        Streams streams = new Streams(STREAMS);
        int[] launchOf = new int[levels.length];
        for (List<Integer> level : byLevel.values()) {
            for (List<Integer> together : together(parts, level)) {
                int number = streams.add(work(parts, together),
                        together.stream().flatMap(part -> parts.before().get(part).stream()).map(part -> launchOf[part])
                                .toList());
                together.forEach(part -> launchOf[part] = number);
            }
        }
        return new Schedule(streams.launches(), parts.scratch());
    }

    /** Each loop by itself, in the order of the plan, on one stream. */
    public static Schedule oneByOne(Plan plan) {
        Parts parts = Parts.of(plan);
        Streams streams = new Streams(1);
        for (int part = 0; part < parts.work().size(); part++) {
            streams.add(parts.work().get(part), List.of());
        }
        return new Schedule(streams.launches(), parts.scratch());
    }

    /** Writes the kernels of the launches into a module; the name of each launch's kernel, "" for products. */
    public List<String> kernels(ModuleText module) {
        return launches.stream().map(launch -> switch (launch.work()) {
            case Work.Kernel(List<Body> bodies) -> module.add(bodies);
            case Work.Product _ -> "";
        }).toList();
    }

    /** The kernels of a plan as CUDA C by their names, each complete in itself. No GPU is needed. */
    public static Map<String, String> kernelFiles(Plan plan) {
        ModuleText module = new ModuleText();
        of(Spread.of(plan)).kernels(module);
        return module.files();
    }

    /** The parts of a level that are launched together: loops, as many as have room for their arguments. */
    private static List<List<Integer>> together(Parts parts, List<Integer> level) {
        List<List<Integer>> all = new ArrayList<>();
        List<Integer> loops = new ArrayList<>();
        int arguments = 1;
        for (int part : level) {
            if (parts.work().get(part) instanceof Work.Kernel(List<Body> bodies)) {
                int more = bodies.getFirst().arguments().size();
                if (!loops.isEmpty() && arguments + more > MOST_ARGUMENTS) {
                    all.add(List.copyOf(loops));
                    loops.clear();
                    arguments = 1;
                }
                loops.add(part);
                arguments += more;
            } else {
                all.add(List.of(part));
            }
        }
        if (!loops.isEmpty()) {
            all.add(loops);
        }
        return all;
    }

    private static Work work(Parts parts, List<Integer> together) {
        return parts.work().get(together.getFirst()) instanceof Work.Product product ? product
                : new Work.Kernel(
                        together.stream().map(part -> ((Work.Kernel) parts.work().get(part)).bodies().getFirst()).toList());
    }

    /**
     * The smallest pieces of work, in the order of the plan.
     *
     * @param before for each, those that must have ended
     */
    private record Parts(List<Work> work, List<List<Integer>> before, long[] scratch) {
        static Parts of(Plan plan) {
            List<Work> work = new ArrayList<>();
            List<List<Touch>> touches = new ArrayList<>();
            long[] scratch = new long[plan.steps().size() + 1];
            for (int number = 0; number < plan.steps().size(); number++) {
                long bytes = 0;
                for (Part part : parts(plan, plan.steps().get(number), number)) {
                    List<Touch> touched = new ArrayList<>(Touch.of(plan, part.touching()));
                    if (part.work() instanceof Work.Kernel(List<Body> bodies) && bodies.getFirst().scratchBytes() > 0) {
                        bytes = bodies.getFirst().scratchBytes();
                        touched.add(Touch.scratch(scratch[number], bytes));
                    }
                    work.add(part.work());
                    touches.add(touched);
                }
                scratch[number + 1] = (scratch[number] + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            }
            return new Parts(work, before(touches), scratch);
        }

        /** A piece of work, and a step that touches no other memory than it does. */
        private record Part(Work work, Step touching) {
            Part(Body body, Step touching) {
                this(new Work.Kernel(List.of(body)), touching);
            }
        }

        private static List<Part> parts(Plan plan, Step step, int number) {
            return switch (step) {
                case LoopStep loop -> loop(plan, loop, number);
                case MatMulStep mul when mul.flop() == 0 -> loop(plan, emptySum(plan, mul), number);
                case MatMulStep mul -> List.of(new Part(new Work.Product(number, Gemm.of(plan, mul)), mul));
                case ScatterAddStep add when (long) add.rows() * add.width() == 0 -> List.of();
                case ScatterAddStep add -> List.of(new Part(ScatterText.of(plan, add, number), add));
            };
        }

        /** Who wants what a loop stores need not wait until the totals of its blocks, in scratch memory, have been combined. */
        private static List<Part> loop(Plan plan, LoopStep loop, int number) {
            List<Body> bodies = LoopText.of(plan, loop, number);
            if (bodies.size() < 2) {
                return bodies.stream().map(body -> new Part(body, loop)).toList();
            }
            LoopStep stores = new LoopStep(loop.domain(), loop.reduceFrom(), loop.reduceTo(), loop.body(), loop.stores(),
                    List.of(),
                    loop.origin());
            LoopStep totals = new LoopStep(loop.domain(), loop.reduceFrom(), loop.reduceTo(), List.of(), List.of(),
                    loop.reductions(), loop.origin());
            return List.of(new Part(bodies.getFirst(), stores), new Part(bodies.getLast(), totals));
        }

        /** A product over no depth is zero, or adds nothing. */
        private static LoopStep emptySum(Plan plan, MatMulStep mul) {
            int[] domain = mul.domain(mul.m(), mul.n());
            List<LoopStep.Store> stores = mul.accumulate() ? List.of() : List.of(new LoopStep.Store(0, mul.c()));
            return new LoopStep(domain, domain.length, domain.length, List.of(new Instr.Const(plan.slot(mul.c()).dtype(), 0)),
                    stores,
                    List.of(), mul.origin());
        }

        private static List<List<Integer>> before(List<List<Touch>> touches) {
            List<List<Integer>> all = new ArrayList<>();
            for (int later = 0; later < touches.size(); later++) {
                List<Integer> before = new ArrayList<>();
                for (int earlier = 0; earlier < later; earlier++) {
                    if (conflict(touches.get(earlier), touches.get(later))) {
                        before.add(earlier);
                    }
                }
                all.add(before);
            }
            return all;
        }

        private static boolean conflict(List<Touch> some, List<Touch> others) {
            for (Touch one : some) {
                for (Touch other : others) {
                    if (one.conflicts(other)) {
                        return true;
                    }
                }
            }
            return false;
        }

        int[] levels() {
            int[] levels = new int[work.size()];   // first: how many levels are behind it
            int deepest = 0;
            for (int part = levels.length - 1; part >= 0; part--) {
                deepest = Math.max(deepest, levels[part]);
                for (int earlier : before.get(part)) {
                    levels[earlier] = Math.max(levels[earlier], levels[part] + 1);
                }
            }
            for (int part = 0; part < levels.length; part++) {
                levels[part] = deepest - levels[part];
            }
            return levels;
        }
    }
}
