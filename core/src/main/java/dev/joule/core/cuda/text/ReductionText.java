package dev.joule.core.cuda.text;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import dev.joule.core.DType;
import dev.joule.core.cuda.text.Arg.Element;
import dev.joule.core.cuda.text.Arg.Scratch;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.View;

/**
 * A loop with reductions as device functions. Each place that is kept has some lanes, which go through its elements in turn, and whose totals
 * are then combined in a fixed order: neighbouring lanes where the reduced elements are neighbours ("across"), else lanes apart, so that
 * neighbouring threads have neighbouring places ("down"). Where there are few places, several blocks share the elements of one, and a
 * second function combines what they left in scratch memory.
 */
final class ReductionText {
    private static final int WARP = 32;
    /** Fewer than this many threads leave a large GPU idle: then blocks share a reduction. */
    private static final long MANY_THREADS = 262_144;
    /** Elements of a lane that are worth a block more. */
    private static final int TURNS = 8;
    /** To share a reduction among fewer blocks gains less than the kernel costs that combines what they leave. */
    private static final int FEWEST_PARTS = 4;

    private final Plan plan;
    private final LoopStep loop;
    private final int step;
    private final Positions positions;
    private final Axes axes;
    private final boolean across;
    /** Neighbouring elements that a thread takes at once: of a row, or one of each of so many columns. */
    private final int width;
    private final int lanes;
    private final long parts;
    /** Neighbouring places of which a thread has the totals, and how many times so many there are. */
    private final int placesAtOnce;
    private final long spots;
    /** How often the elements of a place are taken from. */
    private final long units;

    ReductionText(Plan plan, LoopStep loop, int step, Positions positions) {
        this.plan = plan;
        this.loop = loop;
        this.step = step;
        this.positions = positions;
        this.axes = positions.axes();
        this.across = axes.reduceTo() == axes.count();
        this.width = !across || axes.reduceFrom() < axes.reduceTo() ? ElementText.width(loop, positions) : 1;
        this.placesAtOnce = across ? 1 : width;
        this.spots = places() / placesAtOnce;
        this.units = axes.product(axes.which(true)) * placesAtOnce / width;
        this.lanes = across ? rowLanes(units) : columnLanes(units, spots);
        this.parts = positions.rows().any() ? 1 : parts();
    }

    private long places() {
        return axes.product(axes.which(false));
    }

    /** Up to 32 turns for a warp, then a block. */
    private static int rowLanes(long units) {
        return units > 32L * WARP ? Body.THREADS : powerOfTwo(Math.min(units, WARP));
    }

    /** So many columns that a warp reads what lies together; fewer where there are not so many. */
    private static int columnLanes(long units, long spots) {
        return units < TURNS ? 1 : Body.THREADS / powerOfTwo(Math.min(spots, WARP));
    }

    private long parts() {
        long most = Math.max(1, MANY_THREADS / (spots * lanes));
        long possible = Math.clamp(units * placesAtOnce / ((long) lanes * TURNS), 1, most);
        return possible < FEWEST_PARTS ? 1 : possible;
    }

    /** The smallest one that is not less than {@code x}. */
    static int powerOfTwo(long x) {
        int power = 1;
        while (power < x) {
            power *= 2;
        }
        return power;
    }

    List<Body> functions() {
        return parts == 1 ? List.of(reduce()) : List.of(reduce(), combine());
    }

    private Body reduce() {
        Params params = new Params(positions.rows().any());
        String elements = new ElementText(loop, positions, params, width, step)
                .lines(each(r -> line("%s = %s::combine<%s>(%s, v%d);", total(r), reducer(r), totalType(r), total(r),
                        loop.reductions().get(r).register())));
        String together = each(r -> line("%s<%d, %s>(total%d);", across ? "across" : "down", lanes, reducer(r), r));
        String kept = each(r -> parts == 1 ? result(params, r, total(r), placesAtOnce)
                : line("%s[%s * %d + part] = %s;", params.write(left(r), totalType(r)),
                        placesAtOnce == 1 ? "place" : "(place * " + placesAtOnce + " + w)", parts, total(r)));
        String lines = (across ? acrossHead() : downHead())
                + line("const bool inside = place < %d;", spots)
                + positions.indices("place", axes.which(false), placesAtOnce)
                + each(this::declared)
                + line("if (inside) {")
                + (line("for (%s unit = %s; unit < %d; unit += %d) {", positions.type(),
                        parts == 1 ? "lane" : "part * " + lanes + " + lane", units, lanes * parts)
                        + (positions.indices("unit", axes.which(true), across ? width : 1) + elements).indent(4)
                        + line("}")).indent(4)
                + line("}")
                + (lanes == 1 ? "" : together)
                + line("if (inside%s) {", lanes > 1 ? " && lane == 0" : "")
                + forEachPlace(kept).indent(4)
                + line("}");
        long blocks = across ? Body.blocks(spots * lanes * parts) : (spots + columns() - 1) / columns() * parts;
        return params.function(step, loop.origin(), lines, blocks, parts == 1 ? 0 : scratch(loop.reductions().size()));
    }

    private String acrossHead() {
        return line("const %s thread = %s;", positions.type(), positions.thread())
                + line("const %s place = thread%s;", positions.type(), divided(lanes) + divided(parts))
                + line("const unsigned lane = %s;", lanes == 1 ? "0" : "threadIdx.x % " + lanes)
                + (parts == 1 ? "" : line("const unsigned part = thread%s %% %d;", divided(lanes), parts));
    }

    private static String divided(long by) {
        return by == 1 ? "" : " / " + by;
    }

    private String downHead() {
        String tile = parts == 1 ? "block" : "(block / " + parts + ")";
        return line("const %s place = %s%s * %d + threadIdx.x%s;", positions.type(),
                positions.wide() ? "(unsigned long long) " : "", tile, columns(), lanes == 1 ? "" : " % " + columns())
                + line("const unsigned lane = %s;", lanes == 1 ? "0" : "threadIdx.x / " + columns())
                + (parts == 1 ? "" : line("const unsigned part = block %% %d;", parts));
    }

    private int columns() {
        return Body.THREADS / lanes;
    }

    /** Lines for each of the places of which a thread has the totals. */
    private String forEachPlace(String lines) {
        return placesAtOnce == 1 ? lines
                : "#pragma unroll\n" + line("for (unsigned w = 0; w < %d; w++) {", placesAtOnce) + lines.indent(4) + line("}");
    }

    /** Combines what the parts of each place left. */
    private Body combine() {
        Params params = new Params(positions.rows().any());
        int lanes = powerOfTwo(Math.min(parts, WARP));
        String totals = each(r -> line("%s total%d = %s::identity<%s>();", totalType(r), r, reducer(r), totalType(r))
                + line("for (unsigned part = lane; inside && part < %d; part += %d) {", parts, lanes)
                + line("total%d = %s::combine<%s>(total%d, %s[place * %d + part]);", r, reducer(r), totalType(r), r,
                        params.read(left(r), totalType(r)), parts).indent(4)
                + line("}")
                + line("across<%d, %s>(total%d);", lanes, reducer(r), r));
        String results = each(r -> result(params, r, "total" + r, 1));
        String lines = line("const unsigned place = block * %d + threadIdx.x / %d;", Body.THREADS / lanes, lanes)
                + line("const unsigned lane = threadIdx.x %% %d;", lanes)
                + line("const bool inside = place < %d;", places())
                + positions.indices("place", axes.which(false), 1)
                + totals
                + line("if (inside && lane == 0) {")
                + results.indent(4)
                + line("}");
        return params.function(step, loop.origin(), lines, Body.blocks(places() * lanes), scratch(loop.reductions().size()));
    }

    /** Where reduction {@code r} leaves its totals in scratch memory; for the number of reductions, where all end. */
    private long scratch(int r) {
        long bytes = places() * parts * Long.BYTES;
        return r * ((bytes + 63) / 64 * 64);
    }

    private Scratch left(int r) {
        return new Scratch(scratch(r));
    }

    private String declared(int r) {
        String identity = reducer(r) + "::identity<" + totalType(r) + ">()";
        return placesAtOnce == 1 ? line("%s total%d = %s;", totalType(r), r, identity)
                : line("%s total%d[%d] = {%s};", totalType(r), r, placesAtOnce,
                        String.join(", ", Collections.nCopies(placesAtOnce, identity)));
    }

    private String total(int r) {
        return "total" + r + (placesAtOnce == 1 ? "" : "[w]");
    }

    /** The line that writes a total where it belongs: at the place, or at one of several beside it. */
    private String result(Params params, int r, String total, int places) {
        View view = loop.reductions().get(r).view();
        String at = places == 1 ? positions.element(view) : positions.shifted(positions.element(view), view);
        String pointer = params.write(new Element(view.slot(), positions.lowest(view)), ScalarText.type(dtype(r)));
        return line(dtype(r) == DType.INT32 ? "%s[%s] = wrap(unsigned(%s));" : "%s[%s] = %s;", pointer, at, total);
    }

    /** A text for each reduction. */
    private String each(IntFunction<String> text) {
        return IntStream.range(0, loop.reductions().size()).mapToObj(text).collect(Collectors.joining());
    }

    private String reducer(int r) {
        return ScalarText.reducer(loop.reductions().get(r).reducer());
    }

    private String totalType(int r) {
        return ScalarText.totalType(dtype(r));
    }

    private DType dtype(int r) {
        return plan.slot(loop.reductions().get(r).view()).dtype();
    }

    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values) + "\n";
    }
}
