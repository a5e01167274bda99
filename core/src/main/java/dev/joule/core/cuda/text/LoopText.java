package dev.joule.core.cuda.text;

import java.util.ArrayList;
import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.cuda.text.Arg.Element;
import dev.joule.core.cuda.text.Arg.Scratch;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.LoopStep.Reduction;
import dev.joule.core.plan.Plan;

/**
 * A loop as device functions. Without reductions a thread has one element, or a few side by side. With reductions each place that is kept
 * has some lanes, which go through its elements in turn, and whose totals are then combined in a fixed order: neighbouring lanes where
 * the reduced elements are neighbours, else lanes apart, so that neighbouring threads have neighbouring places. Where there are few
 * places, several blocks share the elements of one, and a second function combines what they left in scratch memory.
 */
public final class LoopText {
    private static final int WARP = 32;
    /** Fewer than this many threads leave a large GPU idle: then blocks share a reduction. */
    private static final long MANY_THREADS = 65_536;
    /** Turns of a lane that are worth a block more. */
    private static final int TURNS = 8;

    private final Plan plan;
    private final LoopStep loop;
    private final int step;
    private final Axes axes;
    private final Positions positions;

    private LoopText(Plan plan, LoopStep loop, int step) {
        this.plan = plan;
        this.loop = loop;
        this.step = step;
        this.axes = Axes.of(loop);
        boolean wide = plan.slots().stream().anyMatch(slot -> slot.count() > Integer.MAX_VALUE)
                || axes.product(axes.which(true)) * axes.product(axes.which(false)) > Integer.MAX_VALUE;
        this.positions = new Positions(axes, loop.domain(), wide);
    }

    /** The functions of a loop, each to be called when the one before it has ended. There is none if the loop does nothing. */
    public static List<Body> of(Plan plan, LoopStep loop, int step) {
        LoopText text = new LoopText(plan, loop, step);
        long places = text.axes.product(text.axes.which(false)), reduced = text.axes.product(text.axes.which(true));
        if (places == 0 || loop.reductions().isEmpty() && (reduced == 0 || loop.stores().isEmpty())) {
            return List.of();
        }
        return loop.reductions().isEmpty() ? List.of(text.map()) : text.reduce(places, reduced);
    }

    private Body map() {
        Params params = new Params();
        int width = ElementText.width(loop, positions);
        long units = axes.product(axes.which(false)) / width;
        String lines = line("const %s unit = %s;", positions.type(), positions.wide()
                ? "(unsigned long long) block * THREADS + threadIdx.x"
                : "block * THREADS + threadIdx.x")
                + line("if (unit >= %d) return;", units)
                + positions.indices("unit", axes.which(false), width)
                + new ElementText(loop, positions, params, width, step).lines("");
        return params.function(step, loop.origin(), lines, Body.blocks(units), 0);
    }

    private List<Body> reduce(long places, long reduced) {
        boolean rows = axes.reduceTo() == axes.count();
        int width = rows && axes.reduceFrom() < axes.reduceTo() ? ElementText.width(loop, positions) : 1;
        long units = reduced / width;
        int lanes = rows ? rowLanes(units) : columnLanes(units, places);
        long threads = places * lanes;
        long parts = Math.clamp(units / ((long) lanes * TURNS), 1, Math.max(1, MANY_THREADS / threads));
        return rows ? rows(places, units, width, lanes, parts) : columns(places, units, lanes, parts);
    }

    /** Up to 32 turns for a warp, then a block. */
    private static int rowLanes(long units) {
        return units > 32L * WARP ? Body.THREADS : powerOfTwo(Math.min(units, WARP));
    }

    /** So many columns that a warp reads what lies together; fewer where there are not so many. */
    private static int columnLanes(long units, long places) {
        return units < TURNS ? 1 : Body.THREADS / powerOfTwo(Math.min(places, WARP));
    }

    /** The smallest one that is not less than {@code x}. */
    private static int powerOfTwo(long x) {
        int power = 1;
        while (power < x) {
            power *= 2;
        }
        return power;
    }

    private List<Body> rows(long places, long units, int width, int lanes, long parts) {
        String head = line("const %s thread = %s;", positions.type(),
                positions.wide() ? "(unsigned long long) block * THREADS + threadIdx.x" : "block * THREADS + threadIdx.x")
                + line("const %s place = thread%s;", positions.type(), divided(lanes) + divided(parts))
                + line("const unsigned lane = %s;", lanes == 1 ? "0" : "threadIdx.x % " + lanes)
                + (parts == 1 ? "" : line("const unsigned part = thread%s %% %d;", divided(lanes), parts));
        String first = parts == 1 ? "lane" : "part * " + lanes + " + lane";
        return reduction(head, places, units, width, lanes, parts, first, "across", Body.blocks(places * lanes * parts));
    }

    private static String divided(long by) {
        return by == 1 ? "" : " / " + by;
    }

    private List<Body> columns(long places, long units, int lanes, long parts) {
        int columns = Body.THREADS / lanes;
        String tile = parts == 1 ? "block" : "(block / " + parts + ")";
        String head = line("const %s place = %s%s * %d + threadIdx.x%s;", positions.type(),
                positions.wide() ? "(unsigned long long) " : "", tile, columns, lanes == 1 ? "" : " % " + columns)
                + line("const unsigned lane = %s;", lanes == 1 ? "0" : "threadIdx.x / " + columns)
                + (parts == 1 ? "" : line("const unsigned part = block %% %d;", parts));
        String first = parts == 1 ? "lane" : "part * " + lanes + " + lane";
        return reduction(head, places, units, 1, lanes, parts, first, "down", (places + columns - 1) / columns * parts);
    }

    private List<Body> reduction(String head, long places, long units, int width, int lanes, long parts, String first,
            String together, long blocks) {
        Params params = new Params();
        List<Reduction> reductions = loop.reductions();
        StringBuilder totals = new StringBuilder(), declared = new StringBuilder(), met = new StringBuilder(),
                kept = new StringBuilder();
        long[] scratch = scratch(places * parts);
        for (int r = 0; r < reductions.size(); r++) {
            Reduction reduction = reductions.get(r);
            DType dtype = dtype(reduction);
            String name = ScalarText.reducer(reduction.reducer()), type = ScalarText.totalType(dtype);
            declared.append(line("%s total%d = %s::identity<%s>();", type, r, name, type));
            totals.append(line("total%d = %s::combine<%s>(total%d, v%d);", r, name, type, r, reduction.register()));
            if (lanes > 1) {
                met.append(line("total%d = %s<%d, %s>(total%d);", r, together, lanes, name, r));
            }
        }
        String elements = new ElementText(loop, positions, params, width, step).lines(totals.toString());
        for (int r = 0; r < reductions.size(); r++) {
            kept.append(parts == 1 ? result(params, reductions.get(r), r)
                    : line("%s[place * %d + part] = total%d;",
                            params.write(new Scratch(scratch[r]), ScalarText.totalType(dtype(reductions.get(r)))), parts, r));
        }
        String lines = head
                + line("const bool inside = place < %d;", places)
                + positions.indices("place", axes.which(false), 1)
                + declared
                + line("if (inside) {")
                + (line("for (%s unit = %s; unit < %d; unit += %d) {", positions.type(), first, units, lanes * parts)
                        + (positions.indices("unit", axes.which(true), width) + elements).indent(4)
                        + line("}")).indent(4)
                + line("}")
                + met
                + line("if (inside%s) {", lanes > 1 ? " && lane == 0" : "")
                + kept.toString().indent(4)
                + line("}");
        List<Body> bodies = new ArrayList<>();
        bodies.add(params.function(step, loop.origin(), lines, blocks, parts == 1 ? 0 : scratch[reductions.size()]));
        if (parts > 1) {
            bodies.add(combine(places, parts, scratch));
        }
        return bodies;
    }

    /** Adds up what the parts of each place left. */
    private Body combine(long places, long parts, long[] scratch) {
        Params params = new Params();
        StringBuilder lines = new StringBuilder(line("const unsigned place = block * THREADS + threadIdx.x;")
                + line("if (place >= %d) return;", places)
                + positions.indices("place", axes.which(false), 1));
        for (int r = 0; r < loop.reductions().size(); r++) {
            Reduction reduction = loop.reductions().get(r);
            String left = params.read(new Scratch(scratch[r]), ScalarText.totalType(dtype(reduction)));
            lines.append(line("%s total%d = %s[place * %d];", ScalarText.totalType(dtype(reduction)), r, left, parts))
                    .append(line("for (unsigned part = 1; part < %d; part++) {", parts))
                    .append(line("total%d = %s::combine<%s>(total%d, %s[place * %d + part]);", r,
                            ScalarText.reducer(reduction.reducer()), ScalarText.totalType(dtype(reduction)), r, left, parts)
                            .indent(4))
                    .append(line("}"))
                    .append(result(params, reduction, r));
        }
        return params.function(step, loop.origin(), lines.toString(), Body.blocks(places), scratch[loop.reductions().size()]);
    }

    /** Where the totals of each reduction begin in scratch memory; last, where all end. */
    private long[] scratch(long totals) {
        long[] starts = new long[loop.reductions().size() + 1];
        for (int r = 0; r < loop.reductions().size(); r++) {
            long bytes = totals * Long.BYTES;
            starts[r + 1] = starts[r] + (bytes + 63) / 64 * 64;
        }
        return starts;
    }

    /** The line that writes a total where it belongs. */
    private String result(Params params, Reduction reduction, int number) {
        DType dtype = dtype(reduction);
        Element element = new Element(reduction.view().slot(), positions.lowest(reduction.view()));
        return line(dtype == DType.INT32 ? "%s[%s] = truncated(total%d);" : "%s[%s] = total%d;",
                params.write(element, ScalarText.type(dtype)), positions.element(reduction.view()), number);
    }

    private DType dtype(Reduction reduction) {
        return plan.slot(reduction.view()).dtype();
    }

    private static String line(String format, Object... values) {
        return format.formatted(values) + "\n";
    }
}
