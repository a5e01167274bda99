package dev.joule.core.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import dev.joule.core.DType;
import dev.joule.core.cuda.schedule.Launch;
import dev.joule.core.cuda.schedule.Schedule;
import dev.joule.core.cuda.schedule.Spread;
import dev.joule.core.cuda.schedule.Work;
import dev.joule.core.cuda.text.Body;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.PlanCheck;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;
import dev.joule.core.plan.Seeds;
import org.junit.jupiter.api.Test;

/** What waits for what. */
class ScheduleTest {
    private static final DType F = DType.FLOAT32;
    private static final int N = 4;

    private static View matrix(int slot) {
        return new View(slot, 0, new long[]{N, 1});
    }

    private static MatMulStep product(int a, int b, int c) {
        return new MatMulStep(new int[0], N, N, N, matrix(a), matrix(b), matrix(c), false, "matmul");
    }

    private static LoopStep loop(int from, int to) {
        return new LoopStep(new int[]{N, N}, 2, 2, List.of(new Instr.Load(F, matrix(from)), new Instr.Map(F, Unary.NEG, 0)),
                List.of(new LoopStep.Store(1, matrix(to))), List.of(), "neg");
    }

    /** Steps over matrices of their own. */
    private static Plan plan(int matrices, List<Step> steps) {
        List<Slot> slots = new ArrayList<>();
        for (int i = 0; i < matrices; i++) {
            slots.add(new Slot(F, N * N, new Slot.Place.Arena(64L * i), "m" + i));
        }
        return new Plan(slots, steps, 64L * matrices, 0);
    }

    /** Which launches have ended for certain when each begins. */
    private static List<BitSet> ended(List<Launch> launches) {
        List<BitSet> all = new ArrayList<>();
        for (int i = 0; i < launches.size(); i++) {
            BitSet before = new BitSet();
            for (int j = 0; j < i; j++) {
                if (launches.get(j).stream() == launches.get(i).stream() || launches.get(i).after().contains(j)) {
                    before.set(j);
                    before.or(all.get(j));
                }
            }
            all.add(before);
        }
        return all;
    }

    @Test
    void whateverTouchesTheSameMemoryIsInOrder() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = Seeds.random(seed);
            int matrices = 2 + random.nextInt(12);
            List<Step> steps = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                int c = random.nextInt(matrices), a = (c + 1 + random.nextInt(matrices - 1)) % matrices;
                steps.add(random.nextBoolean() ? loop(a, c) : product(a, (c + 1) % matrices, c));
            }
            check(seed, steps, Schedule.of(plan(matrices, steps)).launches());
        }
    }

    private static void check(long seed, List<Step> steps, List<Launch> launches) {
        List<BitSet> ended = ended(launches);
        int[] launchOf = new int[steps.size()];
        for (int i = 0; i < launches.size(); i++) {
            int number = i;
            launches.get(i).work().steps().forEach(step -> launchOf[step] = number);
            launches.get(i).after().forEach(before -> assertTrue(launches.get(before).awaited()));
        }
        for (int later = 0; later < steps.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                if (reads(steps.get(later)).contains(writes(steps.get(earlier)))
                        || reads(steps.get(earlier)).contains(writes(steps.get(later)))
                        || writes(steps.get(earlier)) == writes(steps.get(later))) {
                    assertTrue(ended.get(launchOf[later]).get(launchOf[earlier]),
                            "seed " + seed + ": step " + later + " does not wait for " + earlier);
                }
            }
        }
    }

    private static List<Integer> reads(Step step) {
        return step instanceof MatMulStep mul ? List.of(mul.a().slot(), mul.b().slot())
                : List.of(((Instr.Load) ((LoopStep) step).body().getFirst()).view().slot());
    }

    private static int writes(Step step) {
        return step instanceof MatMulStep mul ? mul.c().slot() : ((LoopStep) step).stores().getFirst().view().slot();
    }

    @Test
    void updatesAreOneKernelAtTheEnd() {
        // a chain of products; what hangs on each of them is done last, together
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            steps.add(product(i, 10, i + 1));
            steps.add(loop(i + 1, 11 + i));
        }
        List<Launch> launches = Schedule.of(plan(16, steps)).launches();
        assertEquals(6, launches.size());
        assertEquals(List.of(1, 3, 5, 7, 9), launches.getLast().work().steps().boxed().toList());
    }

    @Test
    void aKernelHasNoMoreArgumentsThanThereIsRoomFor() {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            steps.add(loop(0, i + 1));
        }
        List<Launch> launches = Schedule.of(plan(401, steps)).launches();
        assertEquals(2, launches.size());
        for (Launch launch : launches) {
            int words = 1 + ((Work.Kernel) launch.work()).bodies().stream().mapToInt(body -> body.arguments().size()).sum();
            assertTrue(8 * words <= 4096, "bytes of arguments: " + 8 * words);
        }
    }

    @Test
    void independentChainsAreOnStreamsOfTheirOwn() {
        List<Step> steps = List.of(product(0, 1, 2), product(3, 4, 5), product(2, 1, 6), product(5, 4, 7), product(6, 7, 8));
        List<Launch> launches = Schedule.of(plan(9, steps)).launches();
        assertEquals(List.of(0, 1, 0, 1, 1), launches.stream().map(Launch::stream).toList());
        assertEquals(List.of(2), launches.get(4).after());
    }

    /** Matrices that lie at no even distance are multiplied by a call each. */
    @Test
    void aProductOfScatteredMatricesIsACallForEach() {
        List<Slot> slots = List.of(new Slot(F, 2000, new Slot.Place.External(0), "a"),
                new Slot(F, 2000, new Slot.Place.External(1), "b"),
                new Slot(F, 2000, new Slot.Place.External(2), "c"));
        MatMulStep mul = new MatMulStep(new int[]{2, 3, 2}, N, N, N, new View(0, 5, new long[]{900, 70, 20, N, 1}),
                new View(1, 0, new long[]{500, 0, 100, N, 1}), new View(2, 0, new long[]{1000, 200, 16, N, 1}), false, "matmul");
        Work.Product work = (Work.Product) Schedule.of(new Plan(slots, List.of(mul), 0, 3)).launches().getFirst().work();
        List<List<Long>> expected = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 3; j++) {
                expected.add(List.of(5L + 900 * i + 70 * j, 500L * i, 1000L * i + 200 * j));
            }
        }
        assertEquals(expected,
                work.calls().stream().map(call -> List.of(call.a().element(), call.b().element(), call.c().element()))
                        .toList());
        work.calls().forEach(call -> assertEquals(List.of(2L, 20L, 100L, 16L),
                List.of((long) call.count(), call.aStep(), call.bStep(), call.cStep())));
    }

    /** A gather may read any of its rows: it waits for who writes the last of them. */
    @Test
    void aGatherWaitsForAllRows() {
        List<Slot> slots = List.of(new Slot(F, 2 * N * N, new Slot.Place.Arena(0), "table"),
                new Slot(DType.INT32, N, new Slot.Place.External(0), "index"),
                new Slot(F, N, new Slot.Place.External(1), "result"));
        LoopStep writer = new LoopStep(new int[]{N}, 1, 1, List.of(new Instr.Const(F, 1)),
                List.of(new LoopStep.Store(0, new View(0, 2 * N * N - N, new long[]{1}))), List.of(), "last row");
        LoopStep gather = new LoopStep(new int[]{N}, 1, 1,
                List.of(new Instr.Load(DType.INT32, new View(1, 0, new long[]{1})),
                        new Instr.Gather(F, new View(0, 0, new long[]{1}), N, 2 * N, 0)),
                List.of(new LoopStep.Store(1, new View(2, 0, new long[]{1}))), List.of(), "gather");
        assertEquals(List.of(List.of(0), List.of(1)), steps(new Plan(slots, List.of(writer, gather), 256, 2)));
    }

    /** Two chains through the same memory follow each other; on memory of their own they do not. */
    @Test
    void valuesThatShareNoMemoryDoNotWait() {
        List<Slot> slots = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            slots.add(new Slot(F, N * N, i % 3 == 2 ? new Slot.Place.External(i / 3) : new Slot.Place.Arena(64L * (i % 3)),
                    "m" + i));
        }
        Plan plan = new Plan(slots, List.of(loop(0, 1), loop(1, 2), loop(3, 4), loop(4, 5)), 128, 2);
        assertEquals(List.of(List.of(0), List.of(1), List.of(2), List.of(3)), steps(plan));
        Plan spread = Spread.of(plan);
        assertEquals(List.of(List.of(0, 2), List.of(1, 3)), steps(spread));
        assertEquals(4 * 256, spread.arenaBytes());
        PlanCheck.check(spread);

        slots.set(0, new Slot(F, 1 << 25, new Slot.Place.Arena(0), "large"));
        Plan large = new Plan(slots, plan.steps(), 1L << 27, 2);
        assertEquals(slots.getFirst(), Spread.of(large).slots().getFirst(), "what does not fit into a cache lies where it lay");
        assertEquals((1L << 27) + 3 * 256, Spread.of(large).arenaBytes(), "and the others behind it");
        PlanCheck.check(Spread.of(large));
    }

    private static List<List<Integer>> steps(Plan plan) {
        return Schedule.of(plan).launches().stream().map(launch -> launch.work().steps().boxed().toList()).toList();
    }

    @Test
    void whoWantsWhatALoopStoresDoesNotWaitForItsTotals() {
        int rows = 4096, columns = 32, bytes = rows * columns * F.bytes();
        View all = new View(0, 0, new long[]{columns, 1}), sums = new View(1, 0, new long[]{0, 1});
        List<Slot> slots = List.of(new Slot(F, rows * columns, new Slot.Place.Arena(0), "all"),
                new Slot(F, columns, new Slot.Place.Arena(bytes), "sums"),
                new Slot(F, N * N, new Slot.Place.Arena(bytes + 128), "of stored"),
                new Slot(F, columns, new Slot.Place.Arena(bytes + 256), "of sums"));
        LoopStep first = new LoopStep(new int[]{rows, columns}, 0, 1, List.of(new Instr.Const(F, 1)),
                List.of(new LoopStep.Store(0, all)), List.of(new LoopStep.Reduction(0, Reducer.SUM, sums)), "ones");
        LoopStep last = new LoopStep(new int[]{columns}, 1, 1, List.of(new Instr.Load(F, new View(1, 0, new long[]{1}))),
                List.of(new LoopStep.Store(0, new View(3, 0, new long[]{1}))), List.of(), "copy");
        List<Step> steps = List.of(first, product(0, 0, 2), last);
        List<Launch> launches = Schedule.of(new Plan(slots, steps, bytes + 512, 0)).launches();
        assertEquals(List.of(List.of(0), List.of(0), List.of(1), List.of(2)),
                launches.stream().map(launch -> launch.work().steps().boxed().toList()).toList());
        List<BitSet> ended = ended(launches);
        assertEquals(BitSet.valueOf(new long[]{0b0001}), ended.get(2), "the product waits for the first kernel");
        assertEquals(BitSet.valueOf(new long[]{0b0011}), ended.get(3), "the copy for what combines its totals");
    }

    /** b = -a by rows, c = -b with the sum of a register over all rows, and something that wants the sum. */
    private static Plan rows(View stored, View summed) {
        int count = 64;
        long bytes = (long) count * N * F.bytes();
        List<Slot> slots = List.of(new Slot(F, (long) count * N, new Slot.Place.Arena(0), "a"),
                new Slot(F, (long) count * N, new Slot.Place.Arena(bytes), "b"),
                new Slot(F, (long) count * N, new Slot.Place.Arena(2 * bytes), "c"),
                new Slot(F, 1, new Slot.Place.Arena(3 * bytes), "sum"),
                new Slot(F, 1, new Slot.Place.Arena(3 * bytes + 64), "of sum"));
        int[] domain = {count, N};
        List<Step> steps = List.of(
                new LoopStep(domain, 2, 2, List.of(new Instr.Load(F, matrix(0)), new Instr.Map(F, Unary.NEG, 0)),
                        List.of(new LoopStep.Store(1, matrix(1))), List.of(), "b"),
                new LoopStep(domain, 0, 2,
                        List.of(new Instr.Load(F, summed), new Instr.Map(F, Unary.NEG, 0), new Instr.Map(F, Unary.EXP, 0)),
                        List.of(new LoopStep.Store(1, stored)),
                        List.of(new LoopStep.Reduction(2, Reducer.SUM, new View(3, 0, new long[]{0, 0}))), "c"),
                new LoopStep(new int[0], 0, 0, List.of(new Instr.Load(F, new View(3, 0, new long[0]))),
                        List.of(new LoopStep.Store(0, new View(4, 0, new long[0]))), List.of(), "of sum"));
        return new Plan(slots, steps, List.of(new RowRun(0, count, List.of(0, 0))), 3 * bytes + 128, 0);
    }

    private static boolean isOneKernel(Plan plan) {
        PlanCheck.check(plan);
        return Schedule.of(plan).launches().getFirst().work() instanceof Work.Rows;
    }

    @Test
    void aRunOfRowsIsAKernelAndItsSumsComeBehindIt() {
        Plan plan = rows(matrix(2), matrix(1));
        assertTrue(isOneKernel(plan));
        assertEquals(List.of(List.of(0, 1), List.of(1), List.of(2)), steps(plan));
        assertEquals(List.of(0, 0, 0), Schedule.of(plan).launches().stream().map(Launch::stream).toList());
    }

    @Test
    void aRunIsNoKernelIfItsSumsAreOfWhatIsNoMore() {
        assertFalse(isOneKernel(rows(matrix(1), matrix(1))));
    }

    /** Two loops, a product and two loops over {@code rows} rows of {@code n} numbers. */
    private static Plan aroundAProduct(int rows, int n) {
        List<Slot> slots = new ArrayList<>(List.of(new Slot(F, (long) n * n, new Slot.Place.External(0), "weights")));
        for (int i = 0; i < 6; i++) {
            slots.add(new Slot(F, (long) rows * n, new Slot.Place.Arena((long) rows * n * F.bytes() * i), "m" + i));
        }
        List<Step> steps = new ArrayList<>();
        for (int i = 1; i < 6; i++) {
            View from = new View(i, 0, new long[]{n, 1}), to = new View(i + 1, 0, new long[]{n, 1});
            steps.add(i == 3 ? new MatMulStep(new int[0], rows, n, n, from, new View(0, 0, new long[]{n, 1}), to, false, "matmul")
                    : new LoopStep(new int[]{rows, n}, 2, 2, List.of(new Instr.Load(F, from), new Instr.Map(F, Unary.NEG, 0)),
                            List.of(new LoopStep.Store(1, to)), List.of(), "neg"));
        }
        return new Plan(slots, steps, List.of(new RowRun(0, rows, List.of(0, 0, 0, 0, 0))), (long) rows * n * F.bytes() * 6, 1);
    }

    @Test
    void aLargeProductIsNotPartOfAKernel() {
        assertEquals(List.of(List.of(0, 1, 2, 3, 4)), steps(aroundAProduct(512, 128)));
        assertEquals(List.of(List.of(0, 1), List.of(2), List.of(3, 4)), steps(aroundAProduct(512, 512)));
    }

    /** Places of more than 32 bits, and steps without elements. */
    @Test
    void whatIsTooLongOrEmptyIsNoKernel() {
        for (int n : new int[]{0, 16, 1 << 26}) {
            int rows = 64;
            View from = new View(0, 0, new long[]{n, 1}), to = new View(1, 0, new long[]{n, 1});
            List<Slot> slots = List.of(new Slot(F, (long) rows * n, new Slot.Place.External(0), "from"),
                    new Slot(F, (long) rows * n, new Slot.Place.External(1), "to"));
            LoopStep there = new LoopStep(new int[]{rows, Math.min(n, 16)}, 2, 2, List.of(new Instr.Load(F, from)),
                    List.of(new LoopStep.Store(0, to)), List.of(), "there");
            LoopStep back = new LoopStep(new int[]{rows, Math.min(n, 16)}, 2, 2, List.of(new Instr.Load(F, to)),
                    List.of(new LoopStep.Store(0, from)), List.of(), "back");
            List<Launch> launches = Schedule
                    .of(new Plan(slots, List.of(there, back), List.of(new RowRun(0, rows, List.of(0, 0))), 0, 2)).launches();
            assertEquals(n == 16, launches.stream().anyMatch(launch -> launch.work() instanceof Work.Rows), n + " columns");
        }
    }

    /** b = -a, c = -b, the sum of b over all rows, then b = -c, a = -b: the sum is of the first b. */
    @Test
    void aKernelEndsBeforeAStepOverwritesWhatIsSummed() {
        int count = 64;
        long bytes = (long) count * N * F.bytes();
        List<Slot> slots = List.of(new Slot(F, (long) count * N, new Slot.Place.Arena(0), "a"),
                new Slot(F, (long) count * N, new Slot.Place.Arena(bytes), "b"),
                new Slot(F, (long) count * N, new Slot.Place.Arena(2 * bytes), "c"),
                new Slot(F, 1, new Slot.Place.Arena(3 * bytes), "sum"));
        LoopStep sum = new LoopStep(new int[]{count, N}, 0, 2, List.of(new Instr.Load(F, matrix(1))), List.of(),
                List.of(new LoopStep.Reduction(0, Reducer.SUM, new View(3, 0, new long[]{0, 0}))), "sum");
        Plan plan = new Plan(slots,
                List.of(rowLoop(count, 0, 1), rowLoop(count, 1, 2), sum, rowLoop(count, 2, 1), rowLoop(count, 1, 0)),
                List.of(new RowRun(0, count, List.of(0, 0, 0, 0, 0))), 3 * bytes + 64, 0);
        PlanCheck.check(plan);
        assertEquals(List.of(List.of(0, 1), List.of(2), List.of(3, 4)), steps(plan));
    }

    private static LoopStep rowLoop(int rows, int from, int to) {
        return new LoopStep(new int[]{rows, N}, 2, 2, List.of(new Instr.Load(F, matrix(from)), new Instr.Map(F, Unary.NEG, 0)),
                List.of(new LoopStep.Store(1, matrix(to))), List.of(), "neg");
    }

    @Test
    void aRunWithManyArgumentsIsSeveralKernels() {
        int count = 64, loops = 1200, bytes = count * N * F.bytes();
        List<Slot> slots = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i <= loops; i++) {
            slots.add(new Slot(F, (long) count * N, new Slot.Place.Arena((long) bytes * i), "m" + i));
            if (i > 0) {
                // pairs of a level: a kernel may end within one
                steps.add(rowLoop(count, i <= 2 ? 0 : i - 2, i));
            }
        }
        Plan plan = new Plan(slots, steps, List.of(new RowRun(0, count, Collections.nCopies(loops, 0))),
                (long) bytes * (loops + 1), 0);
        List<Launch> launches = Schedule.of(plan).launches();
        assertTrue(launches.size() > 1);
        for (Launch launch : launches) {
            int words = 1 + Body.distinctArguments(((Work.Rows) launch.work()).bodies()).size();
            assertTrue(8 * words <= 4096, "bytes of arguments: " + 8 * words);
        }
        assertEquals(loops, launches.stream().mapToLong(launch -> launch.work().steps().count()).sum());
        List<BitSet> ended = ended(launches);
        int[] launchOf = new int[loops];
        for (int i = 0; i < launches.size(); i++) {
            int number = i;
            launches.get(i).work().steps().forEach(step -> launchOf[step] = number);
        }
        for (int i = 2; i < loops; i++) {
            assertTrue(launchOf[i] == launchOf[i - 2] || ended.get(launchOf[i]).get(launchOf[i - 2]), "step " + i);
        }
    }

    /** It is enough if one array is so long, read or written. */
    @Test
    void whatReadsOrWritesSomethingTooLongIsNoKernel() {
        int rows = 64, n = 1 << 26;
        List<Slot> slots = List.of(new Slot(F, (long) rows * n, new Slot.Place.External(0), "long"),
                new Slot(F, rows, new Slot.Place.External(1), "short"));
        View ofLong = new View(0, 0, new long[]{n}), ofShort = new View(1, 0, new long[]{1});
        for (View[] pair : new View[][]{{ofLong, ofShort}, {ofShort, ofLong}}) {
            LoopStep copy = new LoopStep(new int[]{rows}, 1, 1, List.of(new Instr.Load(F, pair[0])),
                    List.of(new LoopStep.Store(0, pair[1])), List.of(), "copy");
            Plan plan = new Plan(slots, List.of(copy, copy), List.of(new RowRun(0, rows, List.of(0, 0))), 0, 2);
            assertEquals(List.of(List.of(0), List.of(1)), steps(plan));
        }
    }
}
