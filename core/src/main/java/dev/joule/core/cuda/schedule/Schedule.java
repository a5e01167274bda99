package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.joule.core.cuda.text.Body;
import dev.joule.core.cuda.text.ModuleText;
import dev.joule.core.plan.Plan;

/**
 * A plan as launches. Two steps depend on each other where they touch the same memory and one of them writes it. The level of a step is the
 * number of steps that must come before it if each is done as late as possible: then all updates of parameters, which nothing waits for,
 * are in the last level, and one kernel does all loops of a level. A run of rows, or a piece of it, is a kernel of its own ({@link RowPiece}).
 *
 * @param scratch where each step's scratch memory begins, and last how much there is in all
 */
public record Schedule(List<Launch> launches, long[] scratch) {
    /** Launches may overlap on so many streams. */
    public static final int STREAMS = 4;
    /** A kernel takes at most 4,096 bytes of arguments on every device. */
    static final int MOST_ARGUMENTS = 500;

    /** Kernels of as many loops as possible, on streams. */
    public static Schedule of(Plan plan) {
        Parts parts = Parts.withRows(plan);
        Streams streams = new Streams(STREAMS);
        int[] launchOf = new int[parts.all().size()];
        for (List<Integer> level : Parts.levels(parts.before())) {
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
        Parts parts = Parts.oneByOne(plan);
        Streams streams = new Streams(1);
        parts.all().forEach(part -> streams.add(part.work(), List.of()));
        return new Schedule(streams.launches(), parts.scratch());
    }

    /** Writes the kernels of the launches into a module; the name of each launch's kernel, "" for products. */
    public List<String> kernels(ModuleText module) {
        return launches.stream().map(launch -> switch (launch.work()) {
            case Work.Kernel(List<Body> bodies) -> module.add(bodies);
            case Work.Rows(List<List<Body>> phases, int rows, _) -> module.addRows(phases, rows);
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
            if (parts.all().get(part).work() instanceof Work.Kernel(List<Body> bodies)) {
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
        List<Work> all = together.stream().map(part -> parts.all().get(part).work()).toList();
        return all.size() == 1 ? all.getFirst()
                : new Work.Kernel(all.stream().flatMap(work -> ((Work.Kernel) work).bodies().stream()).toList());
    }
}
