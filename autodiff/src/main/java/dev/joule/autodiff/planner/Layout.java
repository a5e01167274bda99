package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Op;
import dev.joule.core.plan.OtherViews;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowAccess;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.plan.Written;

/**
 * Gives each value its place in memory. Values that do not live at the same time share memory, and a run of rows counts as one moment
 * for that: a thread may be at its end while another begins. Within a run, values that are divided into equal rows can
 * share memory all the same, because each row of it belongs to the thread that the row belongs to; and a loop may write its result over
 * what it is the last to read.
 */
final class Layout {
    /** With 8 bytes each, and some hundred such arrays, addresses of 63 bits are used up. */
    private static final long MOST_ELEMENTS = 1L << 53;

    private final List<RowRuns.Group> groups;
    private final Expr[] nodes;
    private final Map<Integer, Integer> homes;
    private final Slot[] places;
    private final List<Expr> externals = new ArrayList<>();
    private final Arena arena = new Arena();
    private final Map<Integer, Lifetime> lifetimes = new LinkedHashMap<>();

    private Layout(List<RowRuns.Group> groups, Expr[] nodes, Map<Integer, Integer> homes) {
        this.groups = groups;
        this.nodes = nodes;
        this.homes = homes;
        this.places = new Slot[nodes.length];
    }

    /** @param externals by number: variables, arrays from the host, outputs */
    record Result(Plan plan, List<Expr> externals) {
    }

    /** The groups in which a value is touched; if that is one run of rows, also the steps of it. */
    private static final class Lifetime {
        private final int first;
        private int last;
        private final int firstStep;
        private int lastStep;
        private long rowBytes;   // 0 if it is not divided into rows, or in different ways

        Lifetime(int group, int step, long rowBytes) {
            this.first = this.last = group;
            this.firstStep = this.lastStep = step;
            this.rowBytes = rowBytes;
        }

        void extend(int group, int step, long bytes) {
            last = group;
            lastStep = step;
            if (bytes != rowBytes) {
                rowBytes = 0;
            }
        }

        boolean isOfOneRun() {
            return first == last && rowBytes > 0;
        }
    }

    /** @param homes the slots that lie in the memory of others */
    static Result of(List<RowRuns.Group> groups, Map<Expr, Integer> slots, Map<Integer, Integer> homes, Set<Expr> outputs) {
        Expr[] nodes = new Expr[slots.size()];
        slots.forEach((node, slot) -> nodes[slot] = node);
        return new Layout(groups, nodes, homes).result(outputs::contains);
    }

    private Result result(Predicate<Expr> isOutput) {
        for (int slot = 0; slot < nodes.length; slot++) {
            if (nodes[slot].op() instanceof Op.Variable || nodes[slot].op() instanceof Op.Data || isOutput.test(nodes[slot])) {
                places[slot] = slot(nodes[slot], new Slot.Place.External(externals.size()));
                externals.add(nodes[slot]);
            }
        }
        live();
        place(share());
        homes.forEach((from, to) -> places[from] = places[to]);

        OtherViews relabel = new OtherViews(
                view -> new View(homes.getOrDefault(view.slot(), view.slot()), view.offset(), view.strides()));
        List<Step> steps = new ArrayList<>();
        List<RowRun> runs = new ArrayList<>();
        for (RowRuns.Group group : groups) {
            if (group.rows() > 0) {
                runs.add(new RowRun(steps.size(), group.rows(), group.axes()));
            }
            group.steps().forEach(step -> steps.add(relabel.step(step)));
        }
        return new Result(new Plan(List.of(places), steps, runs, arena.size(), externals.size()), List.copyOf(externals));
    }

    private void live() {
        for (int g = 0; g < groups.size(); g++) {
            RowRuns.Group group = groups.get(g);
            for (int s = 0; s < group.steps().size(); s++) {
                Step step = group.steps().get(s);
                if (group.rows() > 0) {
                    for (RowAccess access : RowAccess.of(step, group.axes().get(s), group.rows())) {
                        boolean divided = access.kind() == RowAccess.Kind.READ || access.kind() == RowAccess.Kind.WRITE;
                        int slot = access.view().slot();
                        touch(slot, g, s, divided ? access.rowSize().orElse(0) * nodes[slot].dtype().bytes() : 0);
                    }
                } else {
                    for (int slot : touched(step)) {
                        touch(slot, g, s, 0);
                    }
                }
            }
        }
    }

    private static Set<Integer> touched(Step step) {
        Set<Integer> slots = new LinkedHashSet<>(step.reads());
        Written.by(step).forEach(written -> slots.add(written.view().slot()));
        return slots;
    }

    private void touch(int slot, int group, int step, long rowBytes) {
        Lifetime known = lifetimes.get(slot);
        if (known == null) {
            lifetimes.put(slot, new Lifetime(group, step, rowBytes));
        } else {
            known.extend(group, step, rowBytes);
        }
    }

    private boolean needsPlace(int slot) {
        return places[slot] == null && !homes.containsKey(slot);
    }

    /** For each value that needs a place the one in whose place it lies: its own, or that of one which is dead by then. */
    private Map<Integer, Integer> share() {
        Map<Integer, Integer> owner = new HashMap<>();
        Map<List<Long>, List<Integer>> owners = new HashMap<>();      // by group, size and rows
        Map<Integer, Integer> tenant = new HashMap<>();               // the last who lies in a place
        lifetimes.keySet().stream().filter(this::needsPlace)
                .sorted(Comparator.comparingInt(slot -> lifetimes.get(slot).firstStep))
                .forEach(slot -> {
                    Lifetime life = lifetimes.get(slot);
                    owner.put(slot, slot);
                    if (life.isOfOneRun()) {
                        List<Integer> alike = owners.computeIfAbsent(
                                List.of((long) life.first, bytes(nodes[slot]), life.rowBytes),
                                _ -> new ArrayList<>());
                        alike.stream().filter(other -> makesRoom(tenant.get(other), slot))
                                .max(Comparator.comparingInt(other -> lifetimes.get(tenant.get(other)).lastStep))   // still in the cache
                                .ifPresentOrElse(other -> owner.put(slot, other), () -> alike.add(slot));
                        tenant.put(owner.get(slot), slot);
                    }
                });
        return owner;
    }

    /** Whether one is dead before another is written, or is overwritten with it, element by element. */
    private boolean makesRoom(int old, int slot) {
        int last = lifetimes.get(old).lastStep, first = lifetimes.get(slot).firstStep;
        Step writer = groups.get(lifetimes.get(slot).first).steps().get(first);
        return last < first || last == first && writer.reads().contains(old) && InPlace.replaces(writer, slot, old);
    }

    private void place(Map<Integer, Integer> owner) {
        IntStream.range(0, nodes.length).filter(this::needsPlace).boxed()
                .filter(slot -> owner.getOrDefault(slot, slot).equals(slot))
                .sorted(Comparator.comparingLong((Integer slot) -> -bytes(nodes[slot])).thenComparing(slot -> slot))
                .forEach(slot -> {
                    Lifetime life = lifetimes.get(slot);
                    long offset = arena.place(bytes(nodes[slot]), life.first, life.last);
                    places[slot] = slot(nodes[slot], new Slot.Place.Arena(offset));
                });
        owner.forEach((slot, other) -> {
            if (!slot.equals(other)) {
                places[slot] = slot(nodes[slot], places[other].place());
            }
        });
    }

    private static Slot slot(Expr node, Slot.Place place) {
        return new Slot(node.dtype(), node.shape().count(), place, Names.of(node) + " " + node.shape());
    }

    private static long bytes(Expr node) {
        if (node.shape().count() > MOST_ELEMENTS) {
            throw new OutOfMemoryError("compile: " + Names.of(node) + " " + node.shape() + " at " + node.origin()
                    + " has more elements than memory can hold");
        }
        return node.shape().count() * node.dtype().bytes();
    }
}
