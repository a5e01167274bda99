package dev.joule.ed;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Noise.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import dev.joule.autodiff.Eval;
import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Names;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.nn.Initialiser;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.autodiff.optim.Adam;
import dev.joule.autodiff.optim.Ema;
import dev.joule.core.DType;
import dev.joule.core.Devices;
import dev.joule.core.Shape;
import dev.joule.ed.data.Gaussians25;
import dev.joule.ed.file.Checkpoint;
import dev.joule.ed.file.Safetensors;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.ed.train.Trainer;

@ExtendWith(NoBufferLeft.class)
class CheckpointTest {
    @TempDir
    Path folder;

    /** What a run does between its beginning and its end. */
    private interface Course {
        void run(Trainer trainer, List<Double> losses) throws IOException;
    }

    /** Noise, data, two networks and optimisers that share names, a moving average: all that a run has in its store. */
    private static double[] losses(Course course) throws IOException {
        Mlp net = Mlp.of(Functions::softplus, 2, 8, 8, 1), other = Mlp.of(Functions::tanh, 2, 8, 8, 1);
        Expr x = new Gaussians25().sample(16), loss = new EnergyDiscrepancy(1, 2, 1).of(Energy.of(net), x),
                distance = Functions.square(net.at(x).detach().sub(other.at(x))).mean(), both = loss.add(distance);
        List<Update> updates = new ArrayList<>(
                new Ema(0.9, net.parameters()).follow(Adam.of(1e-2).minimise(both, net.parameters())));
        updates.addAll(Adam.of(1e-3).minimise(both, other.parameters()));
        List<Double> losses = new ArrayList<>();
        try (Store store = new Store(Devices.cpu(2), 5); Trainer trainer = new Trainer(store, both, updates)) {
            course.run(trainer, losses);
        }
        return losses.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static void train(Trainer trainer, List<Double> losses, int steps) {
        for (int step = 0; step < steps; step++) {
            trainer.run(1);
            losses.add(trainer.loss());
        }
    }

    @Test
    void aRunThatGoesOnIsTheSameRun() throws IOException {
        Path file = folder.resolve("last.safetensors");
        double[] whole = losses((trainer, losses) -> train(trainer, losses, 12));
        double[] first = losses((trainer, losses) -> {
            train(trainer, losses, 7);
            trainer.save(file);
        });
        double[] rest = losses((trainer, losses) -> {
            trainer.resume(file);
            assertEquals(7, trainer.step());
            train(trainer, losses, 5);
        });
        assertArrayEquals(Arrays.copyOf(whole, 7), first);
        assertArrayEquals(Arrays.copyOfRange(whole, 7, 12), rest);
    }

    /** A program's seed has 64 bits; a double holds 53. */
    @Test
    void noBitOfASeedIsLost() throws IOException {
        Path file = folder.resolve("seed.safetensors");
        Expr n = variable("n", constant(0));
        try (Store store = new Store(Devices.cpu(1), 5);
                Program program = Program.compile(store, List.of(), List.of(new Update(n, n.add(1))))) {
            Checkpoint.save(file, store, program);
            double[] halves = Safetensors.read(file).values().stream().filter(array -> array.shape().equals(Shape.of(2)))
                    .findFirst().orElseThrow().values();
            assertEquals(program.seed(), (long) halves[0] << 32 | (long) halves[1]);
            assertTrue(halves[1] >= 0 && halves[1] < 0x1p32 && Math.abs(halves[0]) <= 0x1p31);
        }
    }

    @Test
    void eachTrainerOfAStoreHasAFileOfItsOwn() throws IOException {
        Path one = folder.resolve("one.safetensors");
        Expr n = variable("n", constant(0)), m = variable("m", constant(0));
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer first = new Trainer(store, n, List.of(new Update(n, n.add(1))));
                Trainer second = new Trainer(store, m, List.of(new Update(m, m.add(1))))) {
            first.run(5);
            second.run(2);
            first.save(one);
            second.run(1);
            assertTrue(
                    assertThrows(IOException.class, () -> second.resume(one)).getMessage().contains("saved by another program"));
            assertEquals(3, second.step());
            assertEquals(3, store.get(m)[0], "nothing has changed");
            first.resume(one);
            assertEquals(5, first.step());
            assertEquals(2, store.get(m)[0]);
        }
        try (Store store = new Store(Devices.cpu(1), 1);
                Trainer other = new Trainer(store, n, List.of(new Update(n, n.add(1))))) {
            assertTrue(
                    assertThrows(IOException.class, () -> other.resume(one)).getMessage().contains("a store of the same seed"));
        }
    }

    @Test
    void equalNamesAreToldApartByTheirTurn() throws IOException {
        Path file = folder.resolve("two.safetensors");
        Expr a = variable("n", constant(1)), b = variable("n", constant(2, 3)), c = variable("checkpoint.step", constant(3));
        try (Store store = new Store(Devices.cpu(1), 0); Program _ = Program.compile(store, a, b, c)) {
            Checkpoint.save(file, store, 1L << 40);
            store.set(a, 7);
            store.set(b, 7, 8, 9);
            assertEquals(1L << 40, Checkpoint.load(file, store));
            assertArrayEquals(new double[]{1}, store.get(a));
            assertArrayEquals(new double[]{2, 2, 2}, store.get(b));
        }
        assertEquals(List.of("n", "n#2", "checkpoint.step#2", "checkpoint.step"), List.copyOf(Safetensors.read(file).keySet()));
    }

    /** All that does not fit is said at once, and nothing is changed. */
    @Test
    void anotherProgramsCheckpointIsRefused() throws IOException {
        Path file = folder.resolve("x.safetensors");
        Map<String, Safetensors.Array> arrays = new LinkedHashMap<>();
        arrays.put("a", new Safetensors.Array(DType.FLOAT64, Shape.of(2), new double[]{5, 5}));
        arrays.put("b", new Safetensors.Array(DType.FLOAT32, Shape.of(2), new double[]{5, 5}));
        Safetensors.write(file, arrays);
        Expr a = variable("a", constant(1, 2)), b = variable("b", constant(1, 3)), c = variable("c", constant(1));
        try (Store store = new Store(Devices.cpu(1), 0); Program _ = Program.compile(store, a, b, c)) {
            assertTrue(assertThrows(IOException.class, () -> Checkpoint.load(file, store)).getMessage()
                    .endsWith("x.safetensors is no checkpoint: it has no checkpoint.step"));
            arrays.put("checkpoint.step", new Safetensors.Array(DType.FLOAT64, Shape.SCALAR, new double[]{3}));
            Safetensors.write(file, arrays);
            String message = assertThrows(IOException.class, () -> Checkpoint.load(file, store)).getMessage();
            assertTrue(message
                    .endsWith(
                            "x.safetensors is a checkpoint of another program: a is float64[2] and should be float32[2]; b is float32[2] and should be float32[3]; "
                                    + "c is not in it"),
                    message);
            assertArrayEquals(new double[]{1, 1}, store.get(a));
        }
    }

    /** A new store has no variables before a program needs them: to load nothing without a word would leave first values in their place. */
    @Test
    void aNetworkIsLoadedIntoANewStore() throws IOException {
        Path file = folder.resolve("net.safetensors");
        Mlp net = Mlp.of(Functions::softplus, 2, 3, 1), twin = Mlp.of(Functions::softplus, 2, 3, 1);
        Expr at = net.at(array(new double[][]{{1, 2}}));
        double[] trained;
        try (Store store = new Store(Devices.cpu(1), 0)) {
            store.set(net.parameters().getLast(), 5);
            trained = Eval.eval(at, store).values();
            Checkpoint.save(file, store, 7);
        }
        try (Store store = new Store(Devices.cpu(1), 1)) {
            assertTrue(assertThrows(IllegalStateException.class, () -> Checkpoint.load(file, store)).getMessage()
                    .startsWith("load: the store has no variables yet"));
            assertEquals(7, Checkpoint.load(file, store, net.parameters()));
            assertArrayEquals(trained, Eval.eval(at, store).values());
            Eval.eval(twin.at(array(new double[][]{{1, 2}})), store);
            Checkpoint.save(file, store, 7);
        }
        try (Store store = new Store(Devices.cpu(1), 1)) {
            assertTrue(assertThrows(IOException.class, () -> Checkpoint.load(file, store, net.parameters())).getMessage()
                    .contains("has several variables named layer0.weights"));
        }
    }

    @Test
    void networksHaveNames() {
        Mlp decoder = Mlp.of("decoder", Initialiser.HE, Functions::relu, 2, 3, 1);
        assertEquals("decoder.layer1.weights", Names.of(decoder.parameters().get(2)));
        assertEquals("layer0.weights", Names.of(Mlp.of(Functions::relu, 2, 1).parameters().getFirst()));
        assertEquals(Shape.of(4, 1), decoder.at(normal(4, 2)).shape());
        assertEquals(Shape.of(1), decoder.at(normal(2)).shape(), "a single sample");
    }
}
