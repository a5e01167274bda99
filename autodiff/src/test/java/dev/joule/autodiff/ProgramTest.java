package dev.joule.autodiff;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.range;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Eval.eval;
import static dev.joule.autodiff.Functions.where;
import static dev.joule.autodiff.Noise.normal;
import static dev.joule.autodiff.Noise.uniform;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.joule.core.DType;
import dev.joule.core.Device;
import dev.joule.core.Devices;
import dev.joule.core.Execution;
import dev.joule.core.Shape;
import dev.joule.core.Tensor;
import dev.joule.core.memory.Buffer;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.Written;

@ExtendWith(NoBufferLeft.class)
class ProgramTest {
    private static Device device(String name) {
        return Gpus.require(name);
    }

    @Test
    void equalExpressionsAreTheSameObject() {
        Expr x = variable("x", constant(1, 3));
        assertSame(Functions.exp(x.add(1)), Functions.exp(x.add(1)));
        assertNotSame(normal(3), normal(3));
        assertNotSame(variable("x", constant(1, 3)), variable("x", constant(1, 3)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void updatesReadTheValuesAtTheStart(String device) {
        Expr a = variable("a", array(1, 2, 3)), b = variable("b", array(10, 20, 30));
        try (Store store = new Store(device(device), 0);
                Program exchange = Program.compile(store, List.of(a, a.sum()),
                        List.of(new Update(a, b), new Update(b, a.mul(2))))) {
            exchange.run();
            assertArrayEquals(new double[]{1, 2, 3}, exchange.values(a), "an output is the value at the start, too");
            assertArrayEquals(new double[]{10, 20, 30}, store.get(a));
            assertArrayEquals(new double[]{2, 4, 6}, store.get(b));
            exchange.run();
            assertEquals(60, exchange.scalar(a.sum()));
            assertArrayEquals(new double[]{20, 40, 60}, store.get(b));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void aTransposedUpdateInPlaceDoesNotEatItself(String device) {
        Expr a = variable("a", range(9).cast(DType.FLOAT32).reshape(3, 3));
        try (Store store = new Store(device(device), 0);
                Program program = Program.compile(store, List.of(), List.of(new Update(a, a.transpose().add(1))))) {
            program.run();
            assertArrayEquals(new double[]{1, 4, 7, 2, 5, 8, 3, 6, 9}, store.get(a));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void aGatheredUpdateInPlaceDoesNotEatItself(String device) {
        Expr a = variable("a", array(1, 2, 3, 4)), reversed = array(DType.INT32, Shape.of(4), 3, 2, 1, 0);
        try (Store store = new Store(device(device), 0);
                Program program = Program.compile(store, List.of(), List.of(new Update(a, a.rows(reversed).add(10))))) {
            program.run();
            assertArrayEquals(new double[]{14, 13, 12, 11}, store.get(a));
        }
    }

    /** What a program had before its device refused the plan is given back: NoBufferLeft looks. */
    /** The host's own bytes, say, with no array of doubles made of them. */
    @Test
    void arraysOfAnotherForm() {
        byte[] bytes = {0, 1, -1, 127, -128, 5};
        for (DType dtype : DType.values()) {
            Expr array = array(dtype, Shape.of(2, 3), i -> bytes[i] & 255);
            assertArrayEquals(new double[]{127, 128, 5, 0, 1, 255},
                    eval(array.rows(array(DType.INT32, Shape.of(2), 1, 0))).values());
        }
        assertEquals(0, eval(array(DType.FLOAT32, Shape.of(0, 3), i -> bytes[i + 6])).values().length, "nobody is asked");
    }

    @Test
    void aPlanThatADeviceRefusesLeavesNothing() {
        Device reference = Devices.reference();
        Device refusing = new Device() {
            @Override
            public String name() {
                return "refusing";
            }

            @Override
            public String description() {
                return "refuses";
            }

            @Override
            public Execution prepare(Plan plan, List<Tensor> externals, long seed) {
                if (plan.steps().size() > 1) {
                    throw new IllegalStateException("refused");
                }
                return reference.prepare(plan, externals, seed);
            }
        };
        Expr x = variable("x", constant(2)), table = array(1, 2, 3);
        try (Store store = new Store(refusing, 0)) {
            assertEquals("refused", assertThrows(IllegalStateException.class,
                    () -> Program.compile(store, table.sum().mul(x), table.mul(x).max())).getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void aProductOfAVariableWithItselfInPlace(String device) {
        Expr a = variable("a", array(new double[][]{{1, 2}, {3, 4}}));
        try (Store store = new Store(device(device), 0);
                Program program = Program.compile(store, List.of(), List.of(new Update(a, a.matmul(a))))) {
            program.run();
            assertArrayEquals(new double[]{7, 10, 15, 22}, store.get(a));
        }
    }

    @Test
    void runsDrawAnewAndRepeat() {
        Expr z = normal(1000);
        double[][] draws = new double[3][];
        for (int i = 0; i < 2; i++) {
            try (Store store = new Store(Devices.cpu(1 + i), 5); Program program = Program.compile(store, z)) {
                program.run();
                draws[i] = program.values(z);
                program.run(4);
                draws[2] = program.values(z);
                assertEquals(5, program.clock());
                program.rewind(0);
                program.run();
                assertArrayEquals(draws[i], program.values(z));
            }
        }
        assertArrayEquals(draws[0], draws[1]);
        assertFalse(Arrays.equals(draws[0], draws[2]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void aTraceIsTheValueInEachRun(String device) {
        Expr x = variable("x", constant(1)), loss = x.mul(3).add(uniform().mul(0.5));
        try (Store store = new Store(device(device), 0);
                Program program = Program.compile(store, List.of(loss, x), List.of(new Update(x, x.mul(2))))) {
            double[] expected = new double[5];
            for (int i = 0; i < expected.length; i++) {
                program.run();
                expected[i] = program.scalar(loss);
            }
            store.set(x, 1);
            program.rewind(0);
            assertArrayEquals(expected, program.trace(expected.length, loss));
            assertEquals(5, program.clock());
            assertArrayEquals(new double[]{32, 64}, program.trace(2, x), "an output is the value at the start, too");
            assertEquals(128, store.get(x)[0]);
            assertThrows(IllegalArgumentException.class, () -> program.trace(0, loss));
        }
    }

    @Test
    void twoProgramsOfAStoreDrawDifferentNumbersAndShareVariables() {
        Expr z = uniform(10), x = variable("x", constant(0));
        try (Store store = new Store(Devices.cpu(1), 5);
                Program one = Program.compile(store, List.of(z), List.of(new Update(x, x.add(1))));
                Program other = Program.compile(store, z, x)) {
            one.run(3);
            other.run();
            assertEquals(3, other.scalar(x));
            one.rewind(0);
            one.run();
            assertFalse(Arrays.equals(one.values(z), other.values(z)));
        }
    }

    @Test
    void firstValuesMayReadOtherVariables() {
        Expr w = variable("w", uniform(5)), copy = variable("copy", w), twice = variable("twice", copy.add(w));
        try (Store store = new Store(Devices.cpu(1), 1)) {
            double[] values = store.get(twice);
            assertArrayEquals(store.get(w), store.get(copy));
            assertArrayEquals(Arrays.stream(store.get(w)).map(v -> (float) (2 * v)).toArray(), values);
        }
    }

    @Test
    void useAfterCloseIsAnException() {
        Expr x = variable("x", constant(1));
        Store store = new Store(Devices.cpu(1), 0);
        Program program = Program.compile(store, x);
        store.close();
        assertThrows(IllegalStateException.class, program::run);
        assertThrows(IllegalStateException.class, () -> program.scalar(x));
        assertThrows(IllegalStateException.class, () -> store.get(x));
        assertThrows(IllegalStateException.class, () -> Program.compile(store, x));
        program.close();
        store.close();
    }

    @Test
    void thereIsNothingToReadBeforeTheFirstRun() {
        Expr x = variable("x", constant(1));
        try (Store store = new Store(Devices.cpu(1), 0); Program program = Program.compile(store, x)) {
            assertEquals("this program has no results yet: run() it first",
                    assertThrows(IllegalStateException.class, () -> program.scalar(x)).getMessage());
            program.run(0);
            assertThrows(IllegalStateException.class, () -> program.values(x));
            program.run();
            assertEquals(1, program.scalar(x));
        }
    }

    @Test
    void aFirstValueThatFailsIsNoValue() {
        Expr row = variable("row", range(1).add(7)), table = array(new double[][]{{10}, {20}, {30}});
        Expr w = variable("w", table.rows(row));
        try (Store store = new Store(Devices.cpu(1), 0)) {
            assertThrows(IndexOutOfBoundsException.class, () -> store.get(w));
            assertThrows(IndexOutOfBoundsException.class, () -> store.get(w));
            store.set(row, 2);
            assertArrayEquals(new double[]{30}, store.get(w));
            assertThrows(IllegalArgumentException.class, () -> store.set(row, 1.5));
            assertTrue(assertThrows(IllegalArgumentException.class, () -> store.set(row, 1, 2)).getMessage()
                    .startsWith("store: 2 values for variable row of shape [1] (at ProgramTest.java:"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu"})
    void theClockCountsTheRunsThatEndedBeforeOneFailed(String device) {
        Expr at = variable("at", range(1)), table = array(new double[]{10, 20, 30, 40});
        try (Store store = new Store(device(device), 0);
                Program program = Program.compile(store, List.of(table.rows(at)), List.of(new Update(at, at.add(1))))) {
            assertThrows(IndexOutOfBoundsException.class, () -> program.run(10));
            assertEquals(4, program.clock());
            store.set(at, 0);
            program.run(4);
            assertEquals(8, program.clock());
        }
    }

    /** Workers that a failure has stopped on their way to a barrier meet again at the next. */
    @Test
    void threadsGoOnTogetherAfterAFailure() {
        int n = 1 << 18;
        Expr at = variable("at", range(1)), x = variable("x", constant(1, n)), table = array(0, 1, 2, 3);
        Expr next = x.add(table.rows(at)).add(x.sum().mul(0));
        try (Store store = new Store(Devices.cpu(3), 0);
                Program program = Program.compile(store, List.of(), List.of(new Update(x, next)))) {
            for (int turn = 1; turn <= 20; turn++) {
                store.set(at, 9);
                assertThrows(IndexOutOfBoundsException.class, program::run);
                store.set(x, new double[n]);
                store.set(at, 2);
                program.run(3);
                assertEquals(6.0 * n, Arrays.stream(store.get(x)).sum(), "turn " + turn);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void anIndexOutsideOfItsAxisIsAnException(String device) {
        Expr x = range(9).reshape(3, 3).cast(DType.FLOAT32);
        Expr index = variable("index", array(DType.INT32, Shape.of(3, 1), 0, 1, 2));
        try (Store store = new Store(device(device), 0); Program program = Program.compile(store, x.gather(1, index))) {
            program.run();
            for (double wrong : new double[]{-1, 3, 100}) {
                store.set(index, 0, wrong, 0);
                assertThrows(IndexOutOfBoundsException.class, program::run, "index " + wrong);
            }
        }
    }

    @Test
    void whatIsNotAnOutputIsSaid() {
        Expr x = variable("x", constant(1, 2));
        try (Store store = new Store(Devices.cpu(1), 0); Program program = Program.compile(store, x)) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> program.values(x.add(1))).getMessage()
                    .startsWith("program: add [2] is not one of its outputs"));
            assertTrue(assertThrows(IllegalArgumentException.class, () -> program.scalar(x)).getMessage()
                    .startsWith("scalar: the output has shape [2]"));
            assertThrows(IllegalArgumentException.class, () -> store.get(x.add(1)));
            assertThrows(IllegalArgumentException.class, () -> program.run(-1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void theFirstNumberThatIsNotFiniteIsNamed(String device) {
        Expr x = variable("x", array(1, -1)), y = Functions.log(x).sum().mul(0.5);
        try (Store store = new Store(device(device), 0); Program program = Program.compile(store, y)) {
            String fault = program.runChecked().orElseThrow().toString();
            assertTrue(fault.contains("ProgramTest.java"), fault);
            store.set(x, 1, 2);
            assertTrue(program.runChecked().isEmpty());
        }
    }

    /** d√x/dx is infinite at 0, and times 0 it is NaN: the loop that both are in has many expressions. */
    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void anUnfusedProgramTellsWhereANumberComesFrom(String device) {
        Expr x = variable("x", array(1, 0)), squares = Functions.square(x.add(normal(2).mul(0)));
        Expr distance = Functions.sqrt(squares), slope = Gradient.gradient(distance.sum(), x);
        try (Store store = new Store(device(device), 0);
                Program program = Program.compile(store, List.of(slope), List.of());
                Program unfused = program.unfused()) {
            assertTrue(unfused.plan().steps().size() > program.plan().steps().size());
            Program.Fault fault = unfused.runChecked().orElseThrow();
            assertTrue(fault.expression().startsWith("mul [2] at " + squares.origin()), fault.expression());
            assertTrue(fault.infinity().orElseThrow().endsWith(" [2] at " + distance.origin()), fault.toString());
        }
    }

    @Test
    void anUnfusedProgramDoesTheSame() {
        Expr x = variable("x", constant(0, 5, 3)), y = x.mul(0.9).add(normal(5, 3)), loss = y.mul(y).mean();
        List<Update> updates = List.of(new Update(x, y));
        try (Store one = new Store(Devices.cpu(2), 7);
                Store two = new Store(Devices.cpu(2), 7);
                Program program = Program.compile(one, List.of(loss), updates);
                Program other = Program.compile(two, List.of(loss), updates)) {
            program.run(3);
            other.run(2);
            try (Program unfused = other.unfused()) {
                assertEquals(2, unfused.clock());
                unfused.run();
                assertEquals(program.scalar(loss), unfused.scalar(loss), 1e-6);
            }
            assertArrayEquals(one.get(x), two.get(x), 1e-6);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void aRowOutsideIsAnExceptionAndTheProgramGoesOn(String device) {
        Expr i = variable("i", constant(DType.INT32, 7, 2)), y = array(1, 2, 3).rows(i);
        try (Store store = new Store(device(device), 0); Program program = Program.compile(store, y)) {
            String message = assertThrows(IndexOutOfBoundsException.class, program::run).getMessage();
            assertTrue(message.startsWith("gather: row 7 is outside of 0..2"), message);
            store.set(i, 2, 0);
            program.run();
            assertArrayEquals(new double[]{3, 1}, program.values(y));
        }
    }

    /** Each link uses the one before twice: written out without sharing this would be 2^20000 operations. */
    @Test
    void longChainsThatShareArePlannedInTime() {
        Expr x = constant(DType.FLOAT64, 1, 3);
        Expr y = variable("x", x);
        for (int i = 0; i < 20_000; i++) {
            y = y.add(Functions.tanh(y).mul(1e-4));
        }
        assertEquals(2.8, eval(y.sum()).scalar() / 3, 0.4);
    }

    @Test
    void longChainsThatAreRewrittenArePlannedInTime() {
        Expr x = variable("x", constant(2, 3)), y = x;
        for (int i = 0; i < 5_000; i++) {
            y = where(y.greater(1), y.mul(1), y.add(0.5));   // a rule applies at each turn
        }
        assertEquals(6, eval(y.sum()).scalar());
    }

    /** What lies behind a tile in a worker's memory is of another task, and must not decide how a sine is computed. */
    @Test
    void sinesRepeatToTheBit() {
        Expr sine = Functions.sin(array(new Random(2).doubles(509, -3, 3).toArray())),
                large = array(new Random(2).doubles(511, 1e6, 2e6).toArray()).mul(3);
        try (Store store = new Store(Devices.cpu(1), 4);
                Program alone = Program.compile(store, sine);
                Program after = Program.compile(store, large, sine)) {
            alone.run();
            after.run(2);
            assertArrayEquals(alone.values(sine), after.values(sine));
        }
    }

    /** Where there is no memory for a variable, those before it have no value either, and get theirs later. */
    @Test
    void noMemoryForAVariable() {
        Expr a = variable("a", constant(7, 3)), b = variable("b", Constants.zeros(Shape.of(1 << 30, 1 << 20)));
        try (Store store = new Store(Devices.cpu(1), 0)) {
            assertThrows(OutOfMemoryError.class, () -> Program.compile(store, a.sum(), b.sum()));
            assertArrayEquals(new double[]{7, 7, 7}, store.get(a));
        }
    }

    @Test
    void moreThanMemoryCanHold() {
        Expr n = range(Integer.MAX_VALUE).cast(DType.FLOAT32), all = Functions.exp(n.expandDims(1).sub(n));
        String message = assertThrows(OutOfMemoryError.class, () -> Program.compile(new Store(Devices.cpu(1), 0),
                all.rows(range(1)).sum())).getMessage();
        assertTrue(message
                .matches("compile: .* \\[2147483647, 2147483647\\] at ProgramTest.java:\\d+ has more elements than memory"
                        + " can hold"),
                message);
    }

    /** Each halving of the product reads two slices of the one before: as one loop, that would be a body of as many instructions. */
    @Test
    void loopsOfManySlicesAreCut() {
        Expr x = variable("x", uniform(3, 1024)), product = x.mul(2).prod(1);
        try (Store store = new Store(Devices.cpu(), 0); Program program = Program.compile(store, product)) {
            for (Step step : program.plan().steps()) {
                assertTrue(!(step instanceof LoopStep loop) || loop.body().size() < 100, step.toString());
            }
            store.set(x, Arrays.stream(new double[3 * 1024]).map(_ -> 0.5 + 0x1p-12).toArray());
            program.run();
            assertEquals(Math.pow(1 + 0x1p-11, 1024), program.values(product)[1], 1e-4);
        }
    }

    @Test
    void numbersArePrintedTheSameEverywhere() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertEquals("[0.500000, 1.50000]", eval(array(0.5, 1.5)).toString());
            assertEquals("[123456789, -1]", eval(array(DType.INT32, Shape.of(2), 123456789, -1)).toString());
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void aQuickLook() {
        assertEquals("[[0, 1],\n [2, 3]]",
                eval(range(4).reshape(2, 2)).toString().replaceAll("\\.0+", "").replace("0.00000", "0"));
        assertEquals(6, eval(range(4).sum()).scalar());
    }

    /** Walks through a table: each place is replaced by what the table has there. */
    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void anIndexIsReplacedByWhatItNames(String device) {
        for (int n : new int[]{16, 3000}) {
            int[] next = IntStream.range(0, n).map(i -> (i * 7 + 3) % n).toArray();
            Expr table = array(DType.INT32, Shape.of(n), Arrays.stream(next).asDoubleStream().toArray());
            Expr at = variable("at", range(n)), both = variable("both", Functions.stack(0, range(n).flip(0), range(n)));
            try (Store store = new Store(device(device), 0);
                    Program program = Program.compile(store, List.of(),
                            List.of(new Update(at, table.rows(at)), new Update(both, table.rows(both))))) {
                double[] before = store.get(both);
                program.run();
                assertArrayEquals(Arrays.stream(next).asDoubleStream().toArray(), store.get(at));
                assertArrayEquals(Arrays.stream(before).map(i -> next[(int) i]).toArray(), store.get(both));
            }
        }
    }

    /** Nothing hides a NaN or an infinite number: not a weight of 0, and no rewrite. */
    @Test
    void zeroTimesInfinityIsNaN() {
        for (double x : new double[]{Double.NaN, Double.POSITIVE_INFINITY}) {
            assertTrue(Double.isNaN(eval(array(x).sum().mul(0).add(2)).scalar()));
            assertTrue(Double.isNaN(eval(variable("x", array(x)).mul(0)).scalar()));
        }
    }

    /** As many int32 as no int counts: their sum wraps around, as each addition would. */
    @Test
    void sumsOfIntegersWrapAround() {
        Expr three = array(DType.INT32, Shape.of(1), 3);
        assertEquals((int) (3L * 65536 * 40000), eval(three.broadcast(65536, 40000).sum()).scalar());
        assertEquals(0, eval(three.broadcast(65536, 65536).sum()).scalar());
    }

    @Test
    void overNoElements() {
        Expr none = Constants.zeros(Shape.of(0, 3));
        assertEquals(0, eval(none.sum()).scalar());
        assertArrayEquals(new double[]{1, 1, 1}, eval(none.prod(0)).values());
    }

    /** Training and evaluation read the same data, which may be most of the memory. */
    @Test
    void programsShareArrays() {
        Expr data = array(1, 2, 3);
        try (Store store = new Store(Devices.cpu(1), 0)) {
            long before = Buffer.live();
            Program first = Program.compile(store, data.sum());
            long forOne = Buffer.live() - before;
            Program second = Program.compile(store, data.sum());
            assertEquals(2 * forOne - 1, Buffer.live() - before);
            first.close();
            second.run();
            assertEquals(6, second.scalar(data.sum()));
            second.close();
            assertEquals(before, Buffer.live());
        }
    }

    /** What the processor flushes to zero is zero to this, too: -1, 0 or 1. */
    @Test
    void theSignOfASubnormalNumber() {
        double[] signs = Eval.eval(Functions.sign(array(1e-39, -1e-39, 1e-37, -1e-37, Double.NaN))).values();
        assertArrayEquals(new double[]{0, 0, 1, -1, Double.NaN}, Arrays.stream(signs).map(sign -> sign + 0.0).toArray());
    }

    /** As beside arithmetic: of the larger type, if the number is not whole. */
    @Test
    void numbersBesideIntegers() {
        assertArrayEquals(new double[]{0.5, 1, 1.5}, Eval.eval(Functions.clamp(Constants.range(3), 0.5, 1.5)).values());
        assertEquals(DType.INT32, Functions.max(Constants.range(3), 1).dtype());
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void anInterruptEndsRunsBehindTheOneUnderWay(String device) {
        Expr count = variable("count", constant(0));
        Expr next = count.add(1);
        try (Store store = new Store(device(device), 0);
                Program program = Program.compile(store, List.of(next), List.of(new Update(count, next)))) {
            List<Executable> runs = List.of(() -> program.run(10), () -> program.trace(10, next), () -> program.runTimed(10));
            for (Executable run : runs) {
                Thread.currentThread().interrupt();
                String message = assertThrows(CancellationException.class, run).getMessage();
                assertTrue(Thread.interrupted(), "the thread stays interrupted");
                assertEquals("the thread was interrupted: 1 of 10 runs were made", message);
            }
            assertEquals(3, program.clock());
            assertEquals(3, store.get(count)[0]);
            Thread.currentThread().interrupt();
            program.run(1);
            assertTrue(Thread.interrupted(), "and a single run is made");
            program.run(6);
            assertEquals(10, program.clock());
            assertEquals(10, store.get(count)[0]);
        }
    }

    @Test
    void anInterruptFromElsewhereLeavesWorkersInStep() throws InterruptedException {
        Expr count = variable("count", constant(0)), sum = variable("sum", constant(0, 300, 40));
        Expr noise = normal(300, 40), squares = noise.matmul(noise.transpose()).sum(1).reshape(300, 1);
        List<Update> updates = List.of(new Update(count, count.add(1)), new Update(sum, sum.mul(0.5).add(squares)));
        try (Store store = new Store(Devices.cpu(3), 0);
                Program program = Program.compile(store, List.of(), updates);
                Store other = new Store(Devices.cpu(3), 0);
                Program whole = Program.compile(other, List.of(), updates)) {
            for (int time = 0; time < 20; time++) {
                Thread runner = Thread.ofPlatform()
                        .start(() -> assertThrows(CancellationException.class, () -> program.run(Long.MAX_VALUE / 2)));
                Thread.sleep(5 + time);
                runner.interrupt();
                runner.join();
                assertEquals(program.clock(), store.get(count)[0]);
            }
            whole.run(program.clock());
            assertArrayEquals(other.get(sum), store.get(sum), "as if nothing had been in between");
        }
    }

    /** A replay buffer: samples come from random places, and go back to others. */
    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void rowsOfAVariableAreReplacedInPlace(String device) {
        Expr buffer = variable("buffer", range(12).cast(DType.FLOAT32).reshape(6, 2));
        Expr places = array(DType.INT32, Shape.of(3), 4, 1, 4),
                samples = buffer.rows(places).add(array(100, 200, 300).reshape(3, 1));
        try (Store store = new Store(device(device), 0);
                Program program = Program.compile(store, List.of(buffer.sum()),
                        List.of(new Update(buffer, buffer.withRows(places, samples))))) {
            program.run();
            assertEquals(66, program.scalar(buffer.sum()), "an output is of the value at the start");
            assertArrayEquals(new double[]{0, 1, 202, 203, 4, 5, 6, 7, 308, 309, 10, 11}, store.get(buffer));
            Plan plan = program.plan();
            assertTrue(plan.steps().stream().anyMatch(step -> step instanceof ScatterStep scatter && scatter.isInPlace(plan)),
                    () -> "other rows are not touched: " + plan.steps());
            assertTrue(plan.steps().stream().flatMap(step -> Written.by(step).stream())
                    .noneMatch(written -> written.domain().length == 2 && written.domain()[0] == 6
                            && !(plan.slot(written.view()).place() instanceof Slot.Place.External)),
                    "and nothing as large is made on the way");
        }
    }

    /** What is written is read meanwhile: as the rows, and as the index of an inverse permutation. */
    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void rowsThatGoToTheirOwnArray(String device) {
        Expr x = variable("x", array(new double[][]{{1, 2}, {3, 4}, {5, 6}})),
                backwards = array(DType.INT32, Shape.of(3), 2, 1, 0);
        Expr order = variable("order", array(DType.INT32, Shape.of(4), 2, 0, 3, 1));
        try (Store store = new Store(device(device), 0);
                Program program = Program.compile(store, List.of(),
                        List.of(new Update(x, x.withRows(backwards, x)), new Update(order, order.withRows(order, range(4)))))) {
            program.run();
            assertArrayEquals(new double[]{5, 6, 3, 4, 1, 2}, store.get(x));
            assertArrayEquals(new double[]{1, 3, 0, 2}, store.get(order));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu", "cuda", "cuda-emulated"})
    void rowsOutsideAreRefused(String device) {
        Expr x = variable("x", constant(1, 4, 2)), index = variable("index", array(DType.INT32, Shape.of(2), 1, 3));
        try (Store store = new Store(device(device), 0);
                Program program = Program.compile(store, List.of(),
                        List.of(new Update(x, x.withRows(index, constant(2, 2, 2)))))) {
            program.run();
            store.set(index, 1, 4);
            assertTrue(assertThrows(IndexOutOfBoundsException.class, program::run).getMessage()
                    .startsWith("withRows: row 4 is outside of 0..3"));
            assertEquals(1, program.clock());
        }
    }

    @Test
    void twoVariablesOfTheSameNewValue() {
        Expr u = variable("u", array(1, 2)), v = variable("v", array(3, 4)), sum = u.add(v);
        try (Store store = new Store(Devices.cpu(1), 0);
                Program program = Program.compile(store, List.of(), List.of(new Update(u, sum), new Update(v, sum)))) {
            program.run();
            assertArrayEquals(new double[]{4, 6}, store.get(u));
            assertArrayEquals(new double[]{4, 6}, store.get(v));
        }
    }

    @Test
    void anOutputThatIsANewValueToo() {
        Expr u = variable("u", array(1, 2)), twice = u.mul(2);
        try (Store store = new Store(Devices.cpu(1), 0);
                Program program = Program.compile(store, List.of(twice), List.of(new Update(u, twice.detach())))) {
            program.run();
            assertArrayEquals(new double[]{2, 4}, program.values(twice));
            assertArrayEquals(new double[]{2, 4}, store.get(u));
            program.run();
            assertArrayEquals(new double[]{4, 8}, program.values(twice));
        }
    }

    /** The sum over all rows comes behind the run in which the new value is made: what reads v then must still find the old one. */
    @Test
    void anOldValueThatIsReadBehindARun() {
        Expr u = variable("u", constant(1, 64, 4)), v = variable("v", constant(2, 64, 4)), sum = u.add(v),
                late = v.mul(Functions.softplus(sum).sum());
        try (Store store = new Store(Devices.cpu(1), 0);
                Program program = Program.compile(store, List.of(late), List.of(new Update(u, sum), new Update(v, sum)))) {
            program.run();
            assertEquals(2 * 256 * Math.log1p(Math.exp(3)), program.values(late)[5], 1e-2);
        }
    }

    /** A sum of products is made in one place; a product that somebody else reads as well needs its own. */
    @Test
    void aProductOfASumThatIsUsedElsewhere() {
        Expr x = variable("x", array(new double[][]{{1, 2}, {3, 4}})), y = variable("y", array(new double[][]{{1, 0}, {2, 1}}));
        Expr product = x.matmul(y), sum = product.add(y.matmul(x)), other = Functions.exp(product.mul(0.1));
        try (Store store = new Store(Devices.cpu(1), 0); Program program = Program.compile(store, sum, other)) {
            program.run();
            assertArrayEquals(new double[]{6, 4, 16, 12}, program.values(sum));
            assertArrayEquals(new double[]{Math.exp(0.5), Math.exp(0.2), Math.exp(1.1), Math.exp(0.4)}, program.values(other),
                    1e-6);
        }
    }

    @Test
    void aSliceOfAReshapedArrayInAProduct() {
        Expr v = variable("v", range(12).cast(DType.FLOAT32)), k = variable("k", array(new double[][]{{1}, {10}, {100}, {1000}}));
        Expr product = v.reshape(3, 4).slice(0, 1, 3).matmul(k);
        try (Store store = new Store(Devices.cpu(1), 0); Program program = Program.compile(store, product)) {
            program.run();
            assertArrayEquals(new double[]{7654, 12098}, program.values(product));
        }
    }

    @Test
    void aClosedStoreClosesItsPrograms() {
        long before = Buffer.live();
        Store store = new Store(Devices.cpu(1), 0);
        Program program = Program.compile(store, variable("x", array(1, 2)).sum());
        store.close();
        assertEquals(before, Buffer.live());
        assertThrows(IllegalStateException.class, program::run);
    }
}
