package dev.joule.core.cuda.text;

import java.util.Arrays;
import java.util.Locale;

import dev.joule.core.cuda.text.Arg.Element;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.View;

/**
 * A scatter as a device function: a warp has 32 columns of a row of the target, looks for that row in the index, 32 places at a time, and
 * adds what it finds in the order of the source, or takes the last. So no two threads write the same element, and the sum's order is fixed.
 */
public final class ScatterText {
    private ScatterText() {
    }

    public static Body of(Plan plan, ScatterStep scatter, int step) {
        String type = ScalarText.type(plan.slot(scatter.target()).dtype());
        Params params = new Params(false);
        String index = params.read(element(scatter.index(), scatter.list()), "int")
                + "[" + place(scatter.index(), scatter.list(), "(first + lane)") + "]";
        String source = params.read(element(scatter.source(), scatter.from()), type)
                + "[" + place(scatter.source(), scatter.from(), "i", "column") + "]";
        String target = params.write(element(scatter.target(), scatter.to()), type)
                + "[" + place(scatter.target(), scatter.to(), "row", "column") + "]";
        String number = params.number(step);
        String begin, found, end;
        if (scatter.base().isEmpty()) {
            begin = type + " total = 0;";
            found = "const long long i = first + __ffs(found) - 1;\n        found &= found - 1;\n        if (inside) total += "
                    + source + ";";
            end = "if (inside) " + target + " = total;";
        } else {
            begin = "long long i = -1;";
            found = "i = first + __ffs(found) - 1;\n        found &= found - 1;";
            String base = scatter.isInPlace(plan) ? "" : params.read(element(scatter.base().get(), scatter.to()), type)
                    + "[" + place(scatter.base().get(), scatter.to(), "row", "column") + "]";
            end = scatter.isInPlace(plan) ? "if (inside && i >= 0) " + target + " = " + source + ";"
                    : "if (inside) " + target + " = i < 0 ? " + base + " : " + source + ";";
        }
        long strips = (scatter.width() + 31) / 32;
        String lines = String.format(Locale.ROOT, """
                const unsigned warp = block * (THREADS / 32) + threadIdx.x / 32, lane = threadIdx.x %% 32;
                const long long row = warp / %dL, column = warp %% %dL * 32 + lane;
                const bool inside = row < %d && column < %d;
                %s
                for (long long first = 0; first < %d; first += 32) {
                    int wanted = -1;
                    if (first + lane < %d) {
                        wanted = %s;
                        checked(wanted, %d, state, %s);
                    }
                    unsigned found = __ballot_sync(ALL_LANES, wanted == row);
                    while (found != 0) {
                        %s
                    }
                }
                %s
                """, strips, strips, scatter.rows(), scatter.width(), begin, scatter.count(), scatter.count(), index,
                scatter.rows(), number, found, end);
        return params.function(step, scatter.origin(), lines, Body.blocks(scatter.rows() * strips * 32), 0);
    }

    private static Element element(View view, int[] domain) {
        return new Element(view.slot(), lowest(view, domain));
    }

    private static long lowest(View view, int[] domain) {
        return Arrays.stream(domain).anyMatch(size -> size == 0) ? view.offset() : view.lowest(domain);
    }

    /** A place in a view, counted from its lowest element. */
    private static String place(View view, int[] domain, String... indices) {
        StringBuilder sum = new StringBuilder(Long.toString(view.offset() - lowest(view, domain)));
        for (int axis = 0; axis < indices.length; axis++) {
            sum.append(" + ").append(indices[axis]).append(" * ").append(view.strides()[axis]);
        }
        return sum.toString();
    }
}
