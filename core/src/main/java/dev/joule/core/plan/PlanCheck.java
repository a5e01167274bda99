package dev.joule.core.plan;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import dev.joule.core.DType;
import dev.joule.core.Tensor;

/**
 * Checks, before a plan is run, that no view reaches outside of its slot and no slot outside of the arena: backends use raw
 * addresses and trust it. A failure here is a defect of the planner, not of the user.
 */
public final class PlanCheck {
    private final Plan plan;
    private Step step;

    private PlanCheck(Plan plan) {
        this.plan = plan;
    }

    public static void check(Plan plan) {
        new PlanCheck(plan).run();
    }

    /** Checks also that the tensors from outside are what the plan wants them to be. */
    public static void check(Plan plan, List<Tensor> externals) {
        check(plan);
        if (externals.size() != plan.externals()) {
            throw new IllegalArgumentException("plan: wants " + plan.externals() + " external tensors, not " + externals.size());
        }
        for (Slot slot : plan.slots()) {
            if (slot.place() instanceof Slot.Place.External(int index)) {
                Tensor tensor = externals.get(index);
                if (tensor.dtype() != slot.dtype() || tensor.shape().count() < slot.count()) {
                    throw new IllegalArgumentException("plan: external tensor " + index + " is " + tensor + ", the plan wants "
                            + slot.count() + " elements of " + slot.dtype() + " (" + slot.label() + ")");
                }
            }
        }
    }

    private void run() {
        for (Slot slot : plan.slots()) {
            if (slot.place() instanceof Slot.Place.Arena(long offset)
                    && (offset < 0 || offset % 64 != 0 || offset + slot.bytes() > plan.arenaBytes())) {
                throw new IllegalStateException("plan: slot outside of the arena: " + slot);
            }
        }
        for (Step each : plan.steps()) {
            step = each;
            switch (each) {
                case LoopStep loop -> loop(loop);
                case MatMulStep mul -> product(mul);
                case ScatterStep scatter -> {
                    inside(scatter.index(), scatter.list(), DType.INT32);
                    inside(scatter.source(), scatter.from(), null);
                    DType dtype = plan.slot(scatter.source()).dtype();
                    scatter.base().ifPresent(base -> {
                        inside(base, scatter.to(), dtype);
                        require(scatter.isInPlace(plan)
                                || !Place.of(plan.slot(base)).overlaps(Place.of(plan.slot(scatter.target()))),
                                "base of a scatter");
                    });
                    inside(scatter.target(), scatter.to(), dtype);
                }
            }
        }
        plan.runs().forEach(this::rows);
    }

    /** Memory that one step of a run writes is divided into the same rows by all that touch it. */
    private void rows(RowRun run) {
        Set<Touched> all = new LinkedHashSet<>();
        for (int number = run.first(); number < run.end(); number++) {
            step = plan.steps().get(number);
            for (RowAccess access : RowAccess.of(step, run.axes().get(number - run.first()), run.rows())) {
                Slot slot = plan.slot(access.view());
                boolean one = access.kind() == RowAccess.Kind.READ || access.kind() == RowAccess.Kind.WRITE;
                long row = one ? access.rowSize().orElse(0) * slot.dtype().bytes() : 0;
                require(row > 0 || access.kind() != RowAccess.Kind.WRITE, "rows of what is written");
                all.add(new Touched(Place.of(slot), row, access.kind()));
            }
        }
        for (Touched written : all) {
            for (Touched other : all) {
                require(!written.writes() || !written.place().overlaps(other.place())
                        || written.place().equals(other.place()) && written.row() == other.row()
                                && (written.row() > 0 || other.kind() == RowAccess.Kind.REDUCE),
                        () -> "rows of a run: " + written + " and " + other);
            }
        }
    }

    /** Memory that a run touches, in rows of so many bytes; 0 if any row of it may be touched. */
    private record Touched(Place place, long row, RowAccess.Kind kind) {
        boolean writes() {
            return kind == RowAccess.Kind.WRITE || kind == RowAccess.Kind.REDUCE;
        }
    }

    /** Bytes in the arena, or in the external tensor with a number. */
    private record Place(int external, long from, long to) {
        static Place of(Slot slot) {
            return switch (slot.place()) {
                case Slot.Place.Arena(long offset) -> new Place(-1, offset, offset + slot.bytes());
                case Slot.Place.External(int index) -> new Place(index, 0, slot.bytes());
            };
        }

        boolean overlaps(Place other) {
            return external == other.external && from < other.to && other.from < to;
        }
    }

    private void loop(LoopStep loop) {
        require(0 <= loop.reduceFrom() && loop.reduceFrom() <= loop.reduceTo() && loop.reduceTo() <= loop.domain().length,
                "axes");
        List<Instr> body = loop.body();
        for (int at = 0; at < body.size(); at++) {
            switch (body.get(at)) {
                case Instr.Const _ -> {
                }
                case Instr.Load(DType dtype, View view) -> inside(view, loop.domain(), dtype);
                case Instr.Gather(DType dtype, View view, long rowStride, int rows, int a) -> {
                    boolean some = rows > 0 || isEmpty(loop.domain());   // nothing can be fetched from an array without rows
                    require(rowStride >= 0 && some && a < at && body.get(a).dtype() == DType.INT32, "gather");
                    inside(view, loop.domain(), dtype);
                    inside(new View(view.slot(), view.offset() + rowStride * (rows - 1L), view.strides()), loop.domain(), dtype);
                }
                case Instr.Index(_, View place) -> require(place.strides().length == loop.domain().length, "rank of index");
                case Instr.Random(_, _, _, View place) ->
                    require(place.strides().length == loop.domain().length && place.offset() >= 0
                            && (isEmpty(loop.domain()) || place.lowest(loop.domain()) >= 0), "random");
                case Instr.Map(_, _, int a) -> require(a < at, "operand order");
                case Instr.Zip(_, _, int a, int b) -> require(a < at && b < at, "operand order");
                case Instr.Select(_, int a, int b, int c) -> require(a < at && b < at && c < at, "operand order");
                case Instr.Cast(_, int a) -> require(a < at, "operand order");
            }
        }
        for (LoopStep.Store store : loop.stores()) {
            inside(store.view(), loop.domain(), body.get(store.register()).dtype());
        }
        for (LoopStep.Reduction reduction : loop.reductions()) {
            inside(reduction.view(), loop.domain(), body.get(reduction.register()).dtype());
            for (int axis = loop.reduceFrom(); axis < loop.reduceTo(); axis++) {
                require(reduction.view().strides()[axis] == 0, "stride along a reduced axis");
            }
        }
    }

    private void product(MatMulStep mul) {
        DType dtype = plan.slot(mul.c()).dtype();
        require(dtype.isReal(), "matmul of integers");
        inside(mul.a(), mul.aDomain(), dtype);
        inside(mul.b(), mul.bDomain(), dtype);
        inside(mul.c(), mul.cDomain(), dtype);
    }

    private void inside(View view, int[] domain, DType dtype) {
        require(view.slot() >= 0 && view.slot() < plan.slots().size() && view.strides().length == domain.length,
                () -> "view " + view);
        Slot slot = plan.slot(view);
        require(dtype == null || slot.dtype() == dtype, () -> "type of slot " + view.slot());
        if (isEmpty(domain)) {
            return;
        }
        require(view.lowest(domain) >= 0 && view.highest(domain) < slot.count(),
                () -> "view " + view + " over " + java.util.Arrays.toString(domain) + " reaches outside of " + slot);
    }

    private static boolean isEmpty(int[] domain) {
        return java.util.Arrays.stream(domain).anyMatch(size -> size == 0);
    }

    private void require(boolean holds, String what) {
        require(holds, () -> what);
    }

    /** Most of what is checked holds: its name, with all that is in it, would be most of the work. */
    private void require(boolean holds, Supplier<String> what) {
        if (!holds) {
            throw new IllegalStateException("plan: " + what.get() + " in the step of " + step.origin());
        }
    }
}
