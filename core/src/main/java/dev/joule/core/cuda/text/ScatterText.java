package dev.joule.core.cuda.text;

import java.util.Arrays;
import java.util.Locale;

import dev.joule.core.cuda.text.Arg.Element;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.ScatterAddStep;
import dev.joule.core.plan.View;

/**
 * A scatter as a device function: a warp has 32 columns of a row of the target, looks for that row in the index, 32 places at a time, and
 * adds what it finds in the order of the source. So no two threads add to the same element, and the sum's order is fixed.
 */
public final class ScatterText {
    private ScatterText() {
    }

    public static Body of(Plan plan, ScatterAddStep add, int step) {
        String type = ScalarText.type(plan.slot(add.target()).dtype());
        int[] list = {add.count()}, from = {add.count(), add.width()}, to = {add.rows(), add.width()};
        Params params = new Params(false);
        String index = params.read(element(add.index(), list), "int");
        String source = params.read(element(add.source(), from), type);
        String target = params.write(element(add.target(), to), type);
        String number = params.number(step);
        long strips = (add.width() + 31) / 32;
        String lines = String.format(Locale.ROOT, """
                const unsigned warp = block * (THREADS / 32) + threadIdx.x / 32, lane = threadIdx.x %% 32;
                const long long row = warp / %dL, column = warp %% %dL * 32 + lane;
                const bool inside = row < %d && column < %d;
                %s total = 0;
                for (long long first = 0; first < %d; first += 32) {
                    int wanted = -1;
                    if (first + lane < %d) {
                        wanted = %s[%s];
                        checked(wanted, %d, state, %s);
                    }
                    unsigned found = __ballot_sync(ALL_LANES, wanted == row);
                    while (found != 0) {
                        const long long i = first + __ffs(found) - 1;
                        found &= found - 1;
                        if (inside) total += %s[%s];
                    }
                }
                if (inside) %s[%s] = total;
                """, strips, strips, add.rows(), add.width(), type, add.count(), add.count(),
                index, place(add.index(), list, "(first + lane)"), add.rows(), number,
                source, place(add.source(), from, "i", "column"),
                target, place(add.target(), to, "row", "column"));
        return params.function(step, add.origin(), lines, Body.blocks(add.rows() * strips * 32), 0);
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
