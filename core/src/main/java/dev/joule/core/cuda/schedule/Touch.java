package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.plan.Written;

/** Bytes that a step reads or writes: of the arena, of the scratch memory behind it, or of a tensor from outside. */
record Touch(int place, long from, long to, boolean writes) {
    private static final int ARENA = -1;
    private static final int SCRATCH = -2;

    /** All that a step touches. */
    static List<Touch> of(Plan plan, Step step) {
        List<Touch> all = new ArrayList<>();
        switch (step) {
            case LoopStep loop -> {
                for (Instr instr : loop.body()) {
                    switch (instr) {
                        case Instr.Load(_, View view) -> read(all, plan, view, loop.domain(), 0);
                        case Instr.Gather(_, View view, long rowStride, int rows, _) ->
                            read(all, plan, view, loop.domain(), rowStride * (rows - 1L));
                        case Instr.Const _, Instr.Index _, Instr.Random _ -> {
                        }
                        case Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> {
                        }
                    }
                }
            }
            case MatMulStep mul -> {
                read(all, plan, mul.a(), mul.aDomain(), 0);
                read(all, plan, mul.b(), mul.bDomain(), 0);
            }
            case ScatterStep scatter -> {
                read(all, plan, scatter.index(), scatter.list(), 0);
                read(all, plan, scatter.source(), scatter.from(), 0);
                scatter.base().ifPresent(base -> read(all, plan, base, scatter.to(), 0));
            }
        }
        for (Written written : Written.by(step)) {
            touch(all, plan, written.view(), written.domain(), 0, true);
        }
        return all;
    }

    static Touch scratch(long from, long bytes) {
        return new Touch(SCRATCH, from, from + bytes, true);
    }

    private static void read(List<Touch> all, Plan plan, View view, int[] domain, long further) {
        touch(all, plan, view, domain, further, false);
    }

    private static void touch(List<Touch> all, Plan plan, View view, int[] domain, long further, boolean writes) {
        if (Arrays.stream(domain).anyMatch(size -> size == 0)) {
            return;
        }
        Slot slot = plan.slot(view);
        int bytes = slot.dtype().bytes();
        long from = view.lowest(domain) * bytes, to = (view.highest(domain) + further + 1) * bytes;
        all.add(switch (slot.place()) {
            case Slot.Place.Arena(long offset) -> new Touch(ARENA, offset + from, offset + to, writes);
            case Slot.Place.External(int index) -> new Touch(index, from, to, writes);
        });
    }

    /** Whether the order of two pieces of work matters that touch all this. */
    static boolean conflict(List<Touch> some, List<Touch> others) {
        return some.stream().anyMatch(one -> others.stream().anyMatch(one::conflicts));
    }

    /** Whether the order of the two matters. */
    boolean conflicts(Touch other) {
        return (writes || other.writes) && place == other.place && from < other.to && other.from < to;
    }
}
