package dev.joule.core.cpu.rows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import dev.joule.core.DType;
import dev.joule.core.Shape;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.plan.Written;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Reducer;

/**
 * What a run of rows leaves of something that is reduced over all rows: for each block or chunk of rows an array of its own, one after the
 * other. Their sum is made by a loop behind the run; or, where one loop alone wants it and wants each element once, by that loop,
 * as it goes: what is not stored need not be loaded again, and nobody waits for it.
 *
 * @param target where the result would be, over {@code domain}
 * @param count  of shares
 * @param memory where they lie
 */
public record Share(View target, int[] domain, Reducer reducer, int count, Slot memory, long address, String origin) {
    /** More loads than these for each element would be slower than a loop. */
    private static final int MOST_LOADS = 8;

    /** Elements of one share. */
    long size() {
        return memory.count() / count;
    }

    /** The loop that makes the result, if the shares have this slot. */
    LoopStep result(int slot) {
        long[] strides = Shape.of(domain).strides();
        View all = new View(slot, 0, prepend(size(), strides));
        View to = new View(target.slot(), target.offset(), prepend(0, target.strides()));
        int[] sharesAndDomain = IntStream.concat(IntStream.of(count), Arrays.stream(domain)).toArray();
        return new LoopStep(sharesAndDomain, 0, 1, List.of(new Instr.Load(memory.dtype(), all)), List.of(),
                List.of(new LoopStep.Reduction(0, reducer, to)), origin);
    }

    private static long[] prepend(long first, long[] rest) {
        return LongStream.concat(LongStream.of(first), Arrays.stream(rest)).toArray();
    }

    /** Whether one loop alone, from step {@code from} of a plan on, uses the sum, and each element once; and nobody adds to it. */
    boolean isForOneLoop(Plan plan, int from) {
        List<Step> users = plan.steps().subList(from, plan.steps().size()).stream().filter(this::isUsedBy).toList();
        boolean inOrder = target.offset() == 0 && Arrays.equals(target.strides(), Shape.of(domain).strides())
                && plan.slot(target).count() == size();
        return reducer == Reducer.SUM && count <= MOST_LOADS && inOrder && plan.slot(target).place() instanceof Slot.Place.Arena
                && users.size() == 1 && users.getFirst() instanceof LoopStep loop && takesEachOnce(loop);
    }

    private boolean isUsedBy(Step step) {
        return step.reads().contains(target.slot())
                || Written.by(step).stream().anyMatch(written -> written.view().slot() == target.slot());
    }

    private boolean takesEachOnce(LoopStep loop) {
        return Shape.of(loop.domain()).count() == size() && loop.body().stream().noneMatch(
                instr -> instr instanceof Instr.Gather gather && gather.view().slot() == target.slot());
    }

    /** The plan with one more slot, the shares, and sums of these where the result was loaded. */
    public Plan spread(Plan plan, int from) {
        List<Slot> slots = new ArrayList<>(plan.slots());
        slots.add(memory);
        List<Step> steps = new ArrayList<>(plan.steps());
        for (int i = from; i < steps.size(); i++) {
            if (steps.get(i) instanceof LoopStep loop && loop.reads().contains(target.slot())) {
                steps.set(i, spread(loop, plan.slots().size()));
            }
        }
        return new Plan(slots, steps, plan.runs(), plan.arenaBytes(), plan.externals());
    }

    private LoopStep spread(LoopStep loop, int slot) {
        List<Instr> body = new ArrayList<>();
        int[] moved = new int[loop.body().size()];
        for (int i = 0; i < moved.length; i++) {
            if (loop.body().get(i) instanceof Instr.Load(DType dtype, View view) && view.slot() == target.slot()) {
                for (int share = 0; share < count; share++) {
                    body.add(new Instr.Load(dtype, new View(slot, share * size() + view.offset(), view.strides())));
                    if (share > 0) {
                        body.add(new Instr.Zip(dtype, Binary.ADD, body.size() - 2, body.size() - 1));
                    }
                }
            } else {
                body.add(loop.body().get(i).renumbered(moved));
            }
            moved[i] = body.size() - 1;
        }
        return loop.with(body, moved);
    }
}
