package dev.joule.autodiff.planner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.plan.Written;

/**
 * A step in the making: what it reads and writes is known, its slots' places are not. Loops grow while the planner fuses.
 */
sealed interface Kernel {
    Set<Integer> reads();

    Set<Integer> writes();

    Step step();

    /** A product, a scatter: nothing is fused into it. */
    record Fixed(Step step, Set<Integer> reads, Set<Integer> writes) implements Kernel {
        static Fixed of(Step step) {
            return new Fixed(step, step.reads(),
                    Written.by(step).stream().map(written -> written.view().slot()).collect(Collectors.toSet()));
        }
    }

    /** A loop; equal instructions are written once. */
    final class Loop implements Kernel {
        private final int[] domain;
        private int reduceFrom;
        private int reduceTo;
        private final List<Instr> body = new ArrayList<>();
        private final Map<Object, Integer> known = new HashMap<>();
        private final List<LoopStep.Store> stores = new ArrayList<>();
        private final List<LoopStep.Reduction> reductions = new ArrayList<>();
        private final Set<String> origins = new LinkedHashSet<>();

        Loop(int[] domain, int reduceFrom, int reduceTo, String origin) {
            this.domain = domain;
            this.reduceFrom = reduceFrom;
            this.reduceTo = reduceTo;
            origins.add(origin);
        }

        /** A loop with axes cut. */
        private Loop(Loop loop, Cuts cuts) {
            this.domain = cuts.domain();
            this.reduceFrom = cuts.axis(loop.reduceFrom);
            this.reduceTo = cuts.axis(loop.reduceTo);
            absorb(cuts.loop(loop.step()));
            origins.addAll(loop.origins);
        }

        Loop cut(Cuts cuts) {
            return new Loop(this, cuts);
        }

        int[] domain() {
            return domain;
        }

        List<Instr> body() {
            return body;
        }

        List<LoopStep.Store> stores() {
            return stores;
        }

        int emit(Instr instr) {
            return known.computeIfAbsent(key(instr), _ -> {
                body.add(instr);
                return body.size() - 1;
            });
        }

        void store(int register, View view) {
            stores.add(new LoopStep.Store(register, view));
        }

        void reduce(LoopStep.Reduction reduction) {
            reductions.add(reduction);
        }

        /** Whether the two loops go over the same elements in the same order, and reduce the same axes if both reduce. */
        boolean alike(Loop other) {
            return Arrays.equals(domain, other.domain) && (reductions.isEmpty() || other.reductions.isEmpty()
                    || reduceFrom == other.reduceFrom && reduceTo == other.reduceTo);
        }

        /** Adds a later loop's work to this one's: what it loads of this one's stores is already in a register. */
        void absorb(Loop later) {
            absorb(later.step());
            origins.addAll(later.origins);
        }

        private void absorb(LoopStep later) {
            int[] moved = new int[later.body().size()];
            for (int i = 0; i < moved.length; i++) {
                Instr instr = later.body().get(i);
                Integer stored = instr instanceof Instr.Load(_, View view) ? register(view) : null;
                moved[i] = stored != null ? stored : emit(instr.renumbered(moved));
            }
            later.stores().forEach(store -> store(moved[store.register()], store.view()));
            later.reductions().forEach(r -> reduce(new LoopStep.Reduction(moved[r.register()], r.reducer(), r.view())));
            if (!later.reductions().isEmpty()) {
                reduceFrom = later.reduceFrom();
                reduceTo = later.reduceTo();
            }
        }

        private Integer register(View view) {
            return stores.stream().filter(store -> store.view().same(view)).map(LoopStep.Store::register).findFirst()
                    .orElse(null);
        }

        /** Instructions are equal by their contents, also those of views. */
        private static Object key(Instr instr) {
            return switch (instr) {
                case Instr.Load(var dtype, var view) -> List.of("load", dtype, contents(view));
                case Instr.Gather(var dtype, var view, var rowStride, var rows, var a) ->
                    List.of("gather", dtype, contents(view), rowStride, rows, a);
                case Instr.Index(var dtype, var place) -> List.of("index", dtype, contents(place));
                case Instr.Random(var dtype, var draw, var stream, var place) ->
                    List.of("random", dtype, draw, stream, contents(place));
                case Instr.Const _, Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> instr;
            };
        }

        private static Object contents(View view) {
            return List.of(view.slot(), view.offset(), Arrays.stream(view.strides()).boxed().toList());
        }

        @Override
        public Set<Integer> reads() {
            return step().reads();
        }

        @Override
        public Set<Integer> writes() {
            Set<Integer> slots = new LinkedHashSet<>();
            stores.forEach(store -> slots.add(store.view().slot()));
            reductions.forEach(reduction -> slots.add(reduction.view().slot()));
            return slots;
        }

        @Override
        public LoopStep step() {
            return new LoopStep(domain, reduceFrom, reduceTo, List.copyOf(body), List.copyOf(stores), List.copyOf(reductions),
                    String.join("; ", origins));
        }
    }
}
