package dev.joule.core.cuda.text;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The parameters of a function that is being written, in the order in which its text comes upon them. */
final class Params {
    private static final class Param {
        private final Arg argument;
        private final String type;
        private final String name;
        private boolean written;

        Param(Arg argument, String type, String name) {
            this.argument = argument;
            this.type = type;
            this.name = name;
        }

        String text() {
            return argument instanceof Arg.Number ? type + " " + name : (written ? "" : "const ") + type + " *" + name;
        }
    }

    private final List<Param> all = new ArrayList<>();
    private final boolean rows;

    /** @param rows whether the function is for a block's own rows, the first of which is {@code row} */
    Params(boolean rows) {
        this.rows = rows;
    }

    /** The name of a pointer to elements of a type, which are read. */
    String read(Arg address, String type) {
        return pointer(address, type).name;
    }

    /** The name of a pointer to elements of a type, which are written, and perhaps read. */
    String write(Arg address, String type) {
        Param param = pointer(address, type);
        param.written = true;
        return param.name;
    }

    private Param pointer(Arg address, String type) {
        return all.stream().filter(param -> param.argument.equals(address) && param.type.equals(type)).findFirst()
                .orElseGet(() -> add(address, type, "p"));
    }

    /** The name of a number. Each has a parameter of its own, so that texts do not differ where numbers are equal by chance. */
    String number(int value) {
        return add(new Arg.Number(value), "unsigned", "n").name;
    }

    private Param add(Arg argument, String type, String letter) {
        Param param = new Param(argument, type, letter + all.size());
        all.add(param);
        return param;
    }

    /** A whole function. */
    Body function(int step, String origin, String lines, long blocks, long scratchBytes) {
        // a kernel of rows calls the same functions many times: they are not written out at each call
        String head = rows ? "__device__ __noinline__ void " + Body.NAME + "(unsigned block, unsigned row, State *state"
                : "__device__ void " + Body.NAME + "(unsigned block, State *state";
        String parameters = all.stream().map(param -> ", " + param.text()).collect(Collectors.joining());
        String code = head + parameters + ") {\n" + lines.indent(4) + "}\n";
        return new Body(step, origin, code, all.stream().map(param -> param.argument).toList(), blocks, scratchBytes);
    }
}
