package dev.joule.autodiff.explain;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;

/** A plan as text: each step with what it computes, the bytes that it moves, and the expression that it came from. */
public final class ExplainPlan {
    private final Plan plan;
    private final double[] nanoseconds;
    private final double total;

    private ExplainPlan(Plan plan, double[] nanoseconds, double total) {
        this.plan = plan;
        this.nanoseconds = nanoseconds;
        this.total = total;
    }

    public static String of(Plan plan) {
        return new ExplainPlan(plan, null, 0).text();
    }

    /** @param nanoseconds how long each step takes; @param total how long all of them do, with what is between them */
    public static String of(Plan plan, double[] nanoseconds, double total) {
        return new ExplainPlan(plan, nanoseconds, total).text();
    }

    private String text() {
        StringBuilder text = new StringBuilder(
                "%d steps; arena %s; %d values in %s outside of it%n".formatted(plan.steps().size(),
                        bytes(plan.arenaBytes()), plan.externals(), bytes(outside())));
        if (nanoseconds != null) {
            text.append(times());
        }
        for (int number = 0; number < plan.steps().size(); number++) {
            Step step = plan.steps().get(number);
            text.append(run(number));
            text.append("%n%3d  %s%s%n     from %s%n".formatted(number, time(number), heading(step),
                    step.origin().replace("; ", "\n          ")));
            if (step instanceof LoopStep loop) {
                formulas(loop).forEach(line -> text.append("       ").append(line).append('\n'));
            }
        }
        return text.toString();
    }

    /** A headline where steps begin, or cease, to go row by row. */
    private String run(int number) {
        for (RowRun run : plan.runs()) {
            if (run.first() == number) {
                return "%n--- row by row, %d rows: steps %d to %d%n".formatted(run.rows(), run.first(), run.end() - 1);
            }
        }
        return plan.runs().stream().anyMatch(run -> run.end() == number) ? "%n--- one after the other:%n".formatted() : "";
    }

    /** All steps' time, by their kinds. */
    private String times() {
        double products = 0, loops = 0, flop = 0;
        for (int i = 0; i < nanoseconds.length; i++) {
            if (plan.steps().get(i) instanceof MatMulStep mul) {
                products += nanoseconds[i];
                flop += mul.flop();
            } else {
                loops += nanoseconds[i];
            }
        }
        return "%.1f µs a run (%.1f GFLOP/s of products in all). On one thread: products %.1f µs, loops %.1f µs; sums, hand-over, waiting %.1f µs%n"
                .formatted(total / 1e3, flop / total, products / 1e3, loops / 1e3, (total - products - loops) / 1e3);
    }

    private String time(int number) {
        if (nanoseconds == null) {
            return "";
        }
        return "%.1f µs  ".formatted(nanoseconds[number] / 1e3);
    }

    private long outside() {
        return plan.slots().stream().filter(slot -> slot.place() instanceof Slot.Place.External).distinct().mapToLong(Slot::bytes)
                .sum();
    }

    private String heading(Step step) {
        return switch (step) {
            case LoopStep loop ->
                "loop " + Arrays.toString(loop.domain()) + reduced(loop) + ": reads " + bytes(size(loop.reads())) + ", writes "
                        + bytes(size(writes(loop)));
            case MatMulStep mul -> "matmul %s[%d, %d] x [%d, %d]: %s%s x %s %s %s, %.2f MFLOP".formatted(
                    mul.batch().length == 0 ? "" : Arrays.toString(mul.batch()) + " of ", mul.m(), mul.k(), mul.k(), mul.n(),
                    mul.isPlain() ? "" : "windows of ", name(mul.a().slot()), name(mul.b().slot()),
                    mul.accumulate() ? "added to" : "→", name(mul.c().slot()), 1e-6 * mul.flop());
            case ScatterStep scatter -> "%s of %d rows [%d]: %s by %s → %s".formatted(
                    scatter.base().isEmpty() ? "scatter-add" : scatter.isInPlace(plan) ? "replacement in place" : "replacement",
                    scatter.count(), scatter.width(), name(scatter.source().slot()), name(scatter.index().slot()),
                    name(scatter.target().slot()));
        };
    }

    private static String reduced(LoopStep loop) {
        return loop.reductions().isEmpty() ? "" : ", reduced over axes " + loop.reduceFrom() + ".." + (loop.reduceTo() - 1);
    }

    private String name(int slot) {
        return "v" + slot + " (" + plan.slots().get(slot).label() + ")";
    }

    private static Set<Integer> writes(LoopStep loop) {
        Set<Integer> slots = new LinkedHashSet<>();
        loop.stores().forEach(store -> slots.add(store.view().slot()));
        loop.reductions().forEach(reduction -> slots.add(reduction.view().slot()));
        return slots;
    }

    private long size(Set<Integer> slots) {
        return slots.stream().mapToLong(slot -> plan.slots().get(slot).bytes()).sum();
    }

    /** The body as assignments: what is used more than once gets a name, the rest is written out where it is used. */
    private List<String> formulas(LoopStep loop) {
        List<Instr> body = loop.body();
        int[] uses = new int[body.size()];
        body.forEach(instr -> operands(instr).forEach(register -> uses[register]++));
        loop.stores().forEach(store -> uses[store.register()]++);
        loop.reductions().forEach(reduction -> uses[reduction.register()]++);
        String[] text = new String[body.size()];
        List<String> lines = new java.util.ArrayList<>();
        for (int i = 0; i < text.length; i++) {
            text[i] = formula(body.get(i), text);
            boolean plain = body.get(i) instanceof Instr.Load || body.get(i) instanceof Instr.Const;
            if (uses[i] > 1 && !plain) {
                lines.add("t" + i + " = " + text[i]);
                text[i] = "t" + i;
            }
        }
        loop.stores().forEach(store -> lines.add(name(store.view().slot()) + " = " + text[store.register()]));
        loop.reductions().forEach(
                r -> lines.add(name(r.view().slot()) + " = " + r.reducer().name().toLowerCase(Locale.ROOT) + " of "
                        + text[r.register()]));
        return lines;
    }

    private static List<Integer> operands(Instr instr) {
        return switch (instr) {
            case Instr.Const _, Instr.Load _, Instr.Index _, Instr.Random _ -> List.of();
            case Instr.Gather gather -> List.of(gather.a());
            case Instr.Map map -> List.of(map.a());
            case Instr.Zip zip -> List.of(zip.a(), zip.b());
            case Instr.Select select -> List.of(select.a(), select.b(), select.c());
            case Instr.Cast cast -> List.of(cast.a());
        };
    }

    private String formula(Instr instr, String[] text) {
        return switch (instr) {
            case Instr.Const(_, double value) ->
                value == Math.rint(value) && Math.abs(value) < 1e9 ? Long.toString((long) value) : Double.toString(value);
            case Instr.Load(_, View view) -> "v" + view.slot();
            case Instr.Gather gather -> "v" + gather.view().slot() + "[" + text[gather.a()] + "]";
            case Instr.Index _ -> "index";
            case Instr.Random(_, var draw, int stream, _) ->
                draw.getClass().getSimpleName().toLowerCase(Locale.ROOT) + "(stream " + stream + ")";
            case Instr.Map map -> map.op().word() + "(" + text[map.a()] + ")";
            case Instr.Zip zip -> switch (zip.op()) {
                case ADD -> infix(text, zip, "+");
                case SUB -> infix(text, zip, "-");
                case MUL -> infix(text, zip, "*");
                case DIV -> infix(text, zip, "/");
                case LESS -> infix(text, zip, "<");
                case LESS_EQUAL -> infix(text, zip, "<=");
                case EQUAL -> infix(text, zip, "==");
                case NOT_EQUAL -> infix(text, zip, "!=");
                case POW, MIN, MAX -> zip.op().word() + "(" + text[zip.a()] + ", " + text[zip.b()] + ")";
            };
            case Instr.Select select -> "(" + text[select.a()] + " ? " + text[select.b()] + " : " + text[select.c()] + ")";
            case Instr.Cast cast -> cast.dtype() + "(" + text[cast.a()] + ")";
        };
    }

    private static String infix(String[] text, Instr.Zip zip, String sign) {
        return "(" + text[zip.a()] + " " + sign + " " + text[zip.b()] + ")";
    }

    private static String bytes(long bytes) {
        return bytes < 10_000 ? bytes + " B" : bytes < 10_000_000 ? bytes / 1000 + " kB" : bytes / 1_000_000 + " MB";
    }
}
