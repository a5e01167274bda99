package dev.joule.core.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import dev.joule.core.DType;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;

/** Loops of random shape, with a random body over random views. What jumps (comparisons, floor) gets exact arguments only. */
public final class RandomLoop {
    private static final int[] SIZES = {1, 1, 2, 3, 4, 5, 7, 16, 17, 33, 64, 128, 300, 1100, 2500};
    private static final List<Unary> SMOOTH = List.of(Unary.NEG, Unary.ABS, Unary.TANH, Unary.SIGMOID, Unary.SOFTPLUS,
            Unary.SATURATION, Unary.ERF,
            Unary.SIN, Unary.COS);
    private static final List<Binary> ARITHMETIC = List.of(Binary.ADD, Binary.SUB, Binary.MUL, Binary.MIN, Binary.MAX);

    private final Random random;
    private final PlanCase plan;
    private final DType real;
    private final List<Instr> body = new ArrayList<>();
    private final List<Integer> positive = new ArrayList<>();   // registers with exact positive numbers
    private final List<Integer> reals = new ArrayList<>();
    private final List<Integer> integers = new ArrayList<>();
    private final List<View> loaded = new ArrayList<>();
    private final List<LoopStep.Store> followed = new ArrayList<>();
    private int[] domain;

    private RandomLoop(Random random, PlanCase plan) {
        this.random = random;
        this.plan = plan;
        this.real = random.nextInt(4) == 0 ? DType.FLOAT64 : DType.FLOAT32;
    }

    /** Adds a loop to a plan. */
    public static void addTo(PlanCase plan, long seed) {
        new RandomLoop(Seeds.random(seed), plan).build(seed);
    }

    private void build(long seed) {
        do {
            domain = random.ints(random.nextInt(5), 0, SIZES.length).map(i -> SIZES[i]).toArray();
        } while (count(domain) > 20_000);
        if (random.nextInt(25) == 0 && domain.length > 0) {
            domain[random.nextInt(domain.length)] = 0;
        }
        leaves();
        for (int i = random.nextInt(7); i > 0; i--) {
            reals.add(add(operation()));
        }
        boolean reduces = random.nextInt(3) > 0;
        int from = reduces ? random.nextInt(domain.length + 1) : domain.length;
        int to = reduces ? from + random.nextInt(domain.length - from + 1) : domain.length;
        List<LoopStep.Reduction> reductions = new ArrayList<>();
        List<LoopStep.Store> stores = new ArrayList<>();
        if (reduces) {
            int[] kept = domain.clone();
            Arrays.fill(kept, from, to, 1);
            for (int i = random.nextInt(3); i >= 0; i--) {
                int register = random.nextInt(body.size());
                View view = fresh(body.get(register).dtype(), kept);
                Arrays.fill(view.strides(), from, to, 0);
                reductions.add(new LoopStep.Reduction(register, pick(List.of(Reducer.values())), view));
            }
        }
        for (int i = random.nextInt(reduces ? 2 : 3) + (reduces ? 0 : 1); i > 0; i--) {
            int register = random.nextInt(body.size());
            stores.add(new LoopStep.Store(register, fresh(body.get(register).dtype(), domain)));
        }
        if (!loaded.isEmpty() && random.nextBoolean()) {
            stores.add(new LoopStep.Store(pick(reals), pick(loaded)));   // in place
        }
        stores.addAll(followed);
        plan.steps.add(new LoopStep(domain, from, to, body, stores, reductions, "loop of seed " + seed));
    }

    private int add(Instr instr) {
        body.add(instr);
        return body.size() - 1;
    }

    private void leaves() {
        for (int i = random.nextInt(3); i >= 0; i--) {
            boolean signed = random.nextBoolean();
            int[] used = new int[domain.length];
            boolean broadcast = random.nextInt(3) == 0;
            for (int axis = 0; axis < used.length; axis++) {
                used[axis] = broadcast && random.nextBoolean() ? 1 : domain[axis];
            }
            View view = layout(used, number -> plan.random(real, number, signed, random));
            for (int axis = 0; axis < used.length; axis++) {
                if (used[axis] != domain[axis]) {
                    view.strides()[axis] = 0;
                }
            }
            if (Arrays.equals(used, domain)) {
                loaded.add(view);
            }
            int register = add(new Instr.Load(real, view));
            reals.add(register);
            if (!signed) {
                positive.add(register);
            }
        }
        if (random.nextInt(3) == 0) {
            positive.add(add(new Instr.Const(real, 0.75)));
        }
        if (random.nextInt(3) == 0) {
            Draw draw = random.nextBoolean() ? new Draw.Normal() : new Draw.Uniform();
            reals.add(add(new Instr.Random(real, draw, random.nextInt(), place())));
        }
        if (random.nextInt(4) == 0) {
            integers.add(add(new Instr.Random(DType.INT32, new Draw.Integers(5), 3, place())));
        }
        if (random.nextInt(4) == 0) {
            View place = layout(domain, _ -> 0);
            positive.add(add(new Instr.Index(real, new View(0, place.offset() + 1, place.strides()))));
            integers.add(add(new Instr.Index(DType.INT32, place)));
        }
        if (!integers.isEmpty()) {
            List<Binary> operations = Stream.of(Binary.values()).filter(Binary::onIntegers).toList();
            for (int more = random.nextInt(4); more >= 0; more--) {
                integers.add(add(new Instr.Zip(DType.INT32, pick(operations), pick(integers), pick(integers))));
            }
            if (random.nextBoolean()) {
                integers.add(add(new Instr.Map(DType.INT32, pick(List.of(Unary.NEG, Unary.ABS, Unary.SIGN)), pick(integers))));
                integers.add(add(new Instr.Select(DType.INT32, pick(integers), pick(integers), pick(integers))));
            }
            reals.add(add(new Instr.Cast(real, pick(integers))));
            reals.add(add(new Instr.Select(real, pick(integers), pick(reals), pick(reals))));
        }
        if (random.nextInt(3) == 0) {
            gather();
        }
        if (random.nextInt(6) == 0) {
            follow();
        }
    }

    /** An index that is replaced by what it names. */
    private void follow() {
        View index = layout(domain, this::places), table = layout(domain, number -> places(4 * number));
        int at = add(new Instr.Load(DType.INT32, index));
        followed.add(new LoopStep.Store(
                add(new Instr.Gather(DType.INT32, table, Math.max(1, (int) count(domain)), 4, at)), index));
    }

    private int places(int number) {
        return plan.slot(DType.INT32, random.ints(number, 0, 4).asDoubleStream().toArray());
    }

    private void gather() {
        int row = add(new Instr.Random(DType.INT32, new Draw.Integers(4), 9, place()));
        View view = layout(domain, number -> plan.random(real, 4 * number, true, random));
        int size = Math.max(1, (int) count(domain));
        reals.add(add(new Instr.Gather(real, view, size, 4, row)));
    }

    private View place() {
        View place = layout(domain, _ -> 0);
        for (int axis = 0; axis < domain.length; axis++) {
            if (random.nextInt(5) == 0 && place.strides()[axis] > 0) {
                place.strides()[axis] = 0;
            }
        }
        return place;
    }

    private Instr operation() {
        List<Integer> exact = positive;
        return switch (random.nextInt(exact.isEmpty() ? 3 : 7)) {
            case 0 -> new Instr.Map(real, pick(SMOOTH), pick(reals));
            case 1, 2 -> new Instr.Zip(real, pick(ARITHMETIC), pick(reals), pick(reals));
            case 3 ->
                new Instr.Map(real, pick(List.of(Unary.LOG, Unary.LOG1P, Unary.SQRT, Unary.RSQRT, Unary.RECIPROCAL, Unary.FLOOR,
                        Unary.SIGN)), pick(exact));
            case 4 ->
                new Instr.Zip(real, pick(List.of(Binary.DIV, Binary.LESS, Binary.LESS_EQUAL, Binary.EQUAL, Binary.NOT_EQUAL)),
                        pick(exact), pick(exact));
            case 5 -> new Instr.Select(real, pick(exact), pick(reals), pick(reals));
            default -> new Instr.Zip(real, Binary.DIV, pick(reals), pick(exact));
        };
    }

    /** A new array over the domain with its own layout. */
    private View fresh(DType dtype, int[] sizes) {
        return layout(sizes, number -> plan.slot(dtype, new double[number]));
    }

    /** Axes in random order in memory, some of them backwards, some with gaps. */
    private View layout(int[] sizes, java.util.function.IntUnaryOperator slot) {
        List<Integer> order = new ArrayList<>();
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            order.add(axis);
        }
        if (random.nextInt(3) == 0) {
            java.util.Collections.shuffle(order, random);
        }
        boolean plain = random.nextBoolean();
        long[] strides = new long[sizes.length];
        long step = 1;
        long offset = 0;
        for (int axis : order) {
            boolean backwards = !plain && random.nextInt(4) == 0;
            strides[axis] = backwards ? -step : step;
            offset += backwards ? step * Math.max(0, sizes[axis] - 1) : 0;
            step *= Math.max(1, sizes[axis]) + (!plain && count(sizes) < 2000 && random.nextInt(4) == 0 ? 1 : 0);
        }
        return new View(slot.applyAsInt((int) step), offset, strides);
    }

    private static long count(int[] sizes) {
        return Arrays.stream(sizes).asLongStream().reduce(1, (a, b) -> a * b);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
