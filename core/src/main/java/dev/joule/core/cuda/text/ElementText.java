package dev.joule.core.cuda.text;

import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.cuda.text.Arg.Element;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.View;

/**
 * The body of a loop for {@code width} elements side by side along its last axis: what lies 16 bytes together is loaded at once, the body
 * is computed for each, and what lies together is stored at once. Value {@code i} of the body is {@code v<i>}.
 */
final class ElementText {
    private final LoopStep loop;
    private final Positions positions;
    private final Params params;
    private final int width;
    private final int step;
    private final StringBuilder before = new StringBuilder();
    private final StringBuilder each = new StringBuilder();
    private final StringBuilder after = new StringBuilder();

    ElementText(LoopStep loop, Positions positions, Params params, int width, int step) {
        this.loop = loop;
        this.positions = positions;
        this.params = params;
        this.width = width;
        this.step = step;
    }

    /** How many elements side by side a thread takes: as many as 16 bytes hold, if some array lies right for that. */
    static int width(LoopStep loop, Positions positions) {
        Axes axes = positions.axes();
        int inner = axes.count() - 1;
        for (int width = 4; width > 1; width /= 2) {
            if (inner >= 0 && axes.sizes()[inner] % width == 0 && together(loop, positions, width)) {
                return width;
            }
        }
        return 1;
    }

    private static boolean together(LoopStep loop, Positions positions, int width) {
        boolean some = false;
        for (Instr instr : loop.body()) {
            if (instr instanceof Instr.Load(DType dtype, View view)) {
                if (dtype.bytes() * width > 16) {
                    return false;
                }
                some |= positions.aligned(view, positions.lowest(view), width);
            }
        }
        for (LoopStep.Store store : loop.stores()) {
            if (loop.body().get(store.register()).dtype().bytes() * width > 16) {
                return false;
            }
            some |= positions.aligned(store.view(), positions.lowest(store.view()), width);
        }
        return some;
    }

    /** @param totals lines that add the element to the totals of reductions */
    String lines(String totals) {
        List<Instr> body = loop.body();
        for (int at = 0; at < body.size(); at++) {
            String value = value(at, body.get(at));
            each.append("const ").append(ScalarText.type(body.get(at).dtype())).append(" v").append(at).append(" = ")
                    .append(value)
                    .append(";\n");
        }
        loop.stores().forEach(this::store);
        each.append(totals);
        return width == 1 ? before + each.toString() + after
                : before + "#pragma unroll\nfor (unsigned w = 0; w < " + width + "; w++) {\n" + each.toString().indent(4) + "}\n"
                        + after;
    }

    private String value(int at, Instr instr) {
        return switch (instr) {
            case Instr.Const(DType dtype, double value) -> ScalarText.constant(dtype, value);
            case Instr.Load(DType dtype, View view) -> load(at, dtype, view);
            case Instr.Gather(DType dtype, View view, long rowStride, int rows, int a) -> {
                String row = "checked(v" + a + ", " + rows + ", state, " + params.number(step) + ")";
                yield pointer(dtype, view) + "[" + shifted(positions.element(view), view) + " + " + row + " * "
                        + (positions.wide() ? "(unsigned long long) " : "") + rowStride + "]";
            }
            case Instr.Index(DType dtype, View place) -> "static_cast<" + ScalarText.type(dtype) + ">("
                    + (positions.wide() ? "(long long) " : "int") + "(" + shifted(positions.position(place), place) + "))";
            case Instr.Random random -> random(at, random);
            case Instr.Map(DType dtype, var op, int a) -> ScalarText.unary(dtype, op, "v" + a);
            case Instr.Zip(DType dtype, var op, int a, int b) -> ScalarText.binary(dtype, op, "v" + a, "v" + b);
            case Instr.Select(_, int a, int b, int c) -> "v" + a + " != 0 ? v" + b + " : v" + c;
            case Instr.Cast(DType dtype, int a) -> ScalarText.cast(dtype, loop.body().get(a).dtype(), "v" + a);
        };
    }

    private String pointer(DType dtype, View view) {
        return params.read(new Element(view.slot(), positions.lowest(view)), ScalarText.type(dtype));
    }

    /** A position, moved to element {@code w} of those side by side. */
    private String shifted(String position, View view) {
        return width == 1 ? position : positions.shifted(position, view);
    }

    private String load(int at, DType dtype, View view) {
        String pointer = pointer(dtype, view), element = positions.element(view), type = ScalarText.type(dtype);
        if (width > 1 && positions.aligned(view, positions.lowest(view), width)) {
            before.append(type).append(" a").append(at).append("[").append(width).append("];\n").append("load<").append(width)
                    .append(">(a").append(at).append(", ").append(pointer).append(" + ").append(element).append(");\n");
            return "a" + at + "[w]";
        }
        if (width > 1 && positions.step(view) == 0) {
            before.append("const ").append(type).append(" a").append(at).append(" = ").append(pointer).append("[").append(element)
                    .append("];\n");
            return "a" + at;
        }
        return pointer + "[" + shifted(element, view) + "]";
    }

    /** Neighbours share a block of words where that can be seen. */
    private String random(int at, Instr.Random random) {
        View place = random.place();
        String stream = params.number(random.stream()), position = positions.position(place);
        boolean shared = width == 1 || positions.step(place) == 0 || positions.aligned(place, place.offset(), width);
        String lane = shifted("e" + at + " % 4", place);
        (shared ? before : each).append("const ").append(positions.type()).append(" e").append(at).append(" = ")
                .append(shared ? position : shifted(position, place)).append(";\n")
                .append("const Words r").append(at).append(" = philox(state, ").append(stream).append(", e").append(at)
                .append(" / 4);\n");
        return ScalarText.draw(random.dtype(), random.draw(), "r" + at, shared ? lane : "e" + at + " % 4");
    }

    private void store(LoopStep.Store store) {
        DType dtype = loop.body().get(store.register()).dtype();
        View view = store.view();
        String pointer = params.write(new Element(view.slot(), positions.lowest(view)), ScalarText.type(dtype)),
                element = positions.element(view);
        if (width > 1 && positions.aligned(view, positions.lowest(view), width)) {
            String out = "out" + loop.stores().indexOf(store);
            before.append(ScalarText.type(dtype)).append(" ").append(out).append("[").append(width).append("];\n");
            each.append(out).append("[w] = v").append(store.register()).append(";\n");
            after.append("store<").append(width).append(">(").append(pointer).append(" + ").append(element).append(", ")
                    .append(out)
                    .append(");\n");
        } else {
            each.append(pointer).append("[").append(shifted(element, view)).append("] = v").append(store.register())
                    .append(";\n");
        }
    }
}
