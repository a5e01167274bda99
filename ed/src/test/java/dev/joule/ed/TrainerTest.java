package dev.joule.ed;

import static dev.joule.autodiff.Constants.array;
import static dev.joule.autodiff.Constants.constant;
import static dev.joule.autodiff.Constants.variable;
import static dev.joule.autodiff.Functions.log;
import static dev.joule.autodiff.Functions.reciprocal;
import static dev.joule.autodiff.Functions.sqrt;
import static dev.joule.autodiff.Functions.square;
import static dev.joule.autodiff.Noise.uniform;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import dev.joule.autodiff.Expr;
import dev.joule.autodiff.Functions;
import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.autodiff.Update;
import dev.joule.autodiff.nn.Mlp;
import dev.joule.autodiff.optim.Adam;
import dev.joule.autodiff.optim.Sgd;
import dev.joule.core.Devices;
import dev.joule.core.Shape;
import dev.joule.core.DType;
import dev.joule.ed.data.Gaussians25;
import dev.joule.ed.loss.EnergyDiscrepancy;
import dev.joule.ed.train.NotFinite;
import dev.joule.ed.train.Trainer;

@ExtendWith(NoBufferLeft.class)
class TrainerTest {
    /** log(n) of n = 1500, 1499, … is NaN at step 1502. */
    @Test
    void aNanIsFoundAtItsStepAndWhatWasBeforeIsKept() {
        Expr n = variable("n", constant(1500)), loss = log(n);
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, loss, List.of(new Update(n, n.sub(1))))) {
            for (int i = 0; i < 15; i++) {
                trainer.run(100);
            }
            NotFinite failure = assertThrows(NotFinite.class, () -> trainer.run(100));
            assertEquals(1501, failure.step(), "log 0 is infinite too");
            assertEquals(1000, failure.saved());
            assertTrue(failure.getMessage().contains("log") && failure.getMessage().contains("TrainerTest.java"),
                    failure.getMessage());
            assertEquals(500, store.get(n)[0]);
            assertEquals(1000, trainer.step());
        }
    }

    /** 1/0 at step 6 only: the search must look at that step, not at the next. */
    @Test
    void theStepThatFailsIsLookedAt() {
        Expr n = variable("n", constant(5)), loss = reciprocal(n);
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, loss, List.of(new Update(n, n.sub(1))))) {
            trainer.run(5);
            NotFinite failure = assertThrows(NotFinite.class, () -> trainer.run(1));
            assertEquals(6, failure.step());
            assertTrue(failure.getMessage().contains("reciprocal"), failure.getMessage());
        }
    }

    @Test
    void timeAddsUpAndAClosedTrainerDoesNotRun() {
        Expr n = variable("n", constant(0));
        try (Store store = new Store(Devices.cpu(1), 0)) {
            Trainer trainer = new Trainer(store, n, List.of(new Update(n, n.add(1))));
            trainer.run(0);
            trainer.run(20_000);
            double before = trainer.seconds();
            trainer.run(1);
            assertTrue(trainer.seconds() >= before, "seconds: " + before + ", then " + trainer.seconds());
            trainer.close();
            assertThrows(IllegalStateException.class, () -> trainer.run(1));
        }
    }

    /** A copy of a buffer of many numbers takes longer than many steps. */
    @Test
    void ofManyNumbersCopiesAreFewer() {
        Expr fed = variable("fed", constant(1)), buffer = variable("buffer", constant(0, 3_000_000, 1));
        Expr moved = buffer.withRows(array(DType.INT32, Shape.of(1), 7), fed.reshape(1, 1));
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, log(fed), List.of(new Update(buffer, moved)))) {
            trainer.run(1001);
            store.set(fed, -1);
            assertEquals(0, assertThrows(NotFinite.class, () -> trainer.run(1)).saved());
        }
    }

    /** The loss sees θ of the step before, so it is finite when θ no longer is. */
    @Test
    void aCopyOfWhatIsNotFiniteIsNotKept() {
        Expr n = variable("n", constant(1000)), theta = variable("theta", constant(1)), loss = theta.add(0);
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, loss, List.of(new Update(n, n.sub(1)), new Update(theta, log(n.sub(1)))))) {
            NotFinite failure = assertThrows(NotFinite.class, () -> trainer.run(1000));
            assertEquals(1000, failure.step());
            assertEquals(0, failure.saved());
            assertEquals(1, store.get(theta)[0]);
            assertEquals(1000, store.get(n)[0]);
        }
    }

    @Test
    void whatIsInfiniteFromTheBeginningMayStaySo() {
        Expr best = variable("best", constant(Double.POSITIVE_INFINITY)), loss = best.mul(0).equal(1);
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, loss, List.of(new Update(best, best.add(0))))) {
            trainer.run(2000);
            assertEquals(2000, trainer.step());
        }
    }

    /** The trainer goes back to its copy of all that a step changes, so what was set from outside is gone when it looks again. */
    @Test
    void aFailureThatDoesNotRepeatLeavesTheVariablesAsTheyAre() {
        Expr fed = variable("fed", constant(1)), n = variable("n", constant(0));
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, log(fed).add(n.mul(0)),
                        List.of(new Update(fed, fed.mul(1)), new Update(n, n.add(1))))) {
            trainer.run(10);
            store.set(fed, -1);
            NotFinite failure = assertThrows(NotFinite.class, () -> trainer.run(1));
            assertTrue(failure.getMessage().contains("changed from outside"), failure.getMessage());
            assertEquals(11, trainer.step());
            assertEquals(-1, store.get(fed)[0]);
            assertEquals(11, store.get(n)[0]);
        }
    }

    /** What was set before the first step is there when the steps are repeated; a variable that no step changes stays as it is. */
    @Test
    void whatTheStepDoesNotChangeIsNotSetBack() {
        Expr data = variable("data", constant(1)), n = variable("n", constant(0)), other = variable("other", constant(0));
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, log(data.sub(n)), List.of(new Update(n, n.add(1))))) {
            store.set(data, 5);
            store.set(other, 5);
            NotFinite failure = assertThrows(NotFinite.class, () -> trainer.run(10));
            assertEquals(6, failure.step());
            assertEquals(5, store.get(other)[0]);
            assertEquals(5, store.get(data)[0]);
            assertEquals(0, store.get(n)[0]);
        }
    }

    /** Steps on data that are set before each run do not repeat: the bad data of one would be blamed on the first. */
    @Test
    void stepsOnDataFromOutsideAreNotRepeated() {
        Expr batch = variable("batch", constant(1)), w = variable("w", constant(1)), loss = square(batch.mul(w).sub(1));
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, loss, Sgd.of(0.01).minimise(loss, List.of(w)))) {
            for (int step = 1; step <= 7; step++) {
                store.set(batch, 2);
                trainer.run(1);
            }
            store.set(batch, Double.NaN);
            NotFinite failure = assertThrows(NotFinite.class, () -> trainer.run(1));
            assertEquals(8, failure.step());
            assertTrue(
                    failure.getMessage().matches("the loss is NaN at step 8, which read what was changed from outside; with the "
                            + "variables of step 0 it is first in: mul .*TrainerTest.java:\\d+.*; the state of step 0 is kept"),
                    failure.getMessage());
            assertEquals(0, trainer.step());
            assertEquals(1, store.get(w)[0]);
            store.set(batch, 2);
            trainer.run(1);
            assertEquals(1, trainer.step(), "and goes on from there");
        }
    }

    /** Of steps that do not repeat the last one is looked at, with its own noise: only some draw a number above what is fed. */
    @Test
    void theLastStepIsLookedAtWithItsOwnNoise() {
        Expr fed = variable("fed", constant(1)), n = variable("n", constant(0));
        try (Store store = new Store(Devices.cpu(1), 3);
                Trainer trainer = new Trainer(store, log(fed.sub(uniform())), List.of(new Update(n, n.add(1))))) {
            NotFinite failure = assertThrows(NotFinite.class, () -> {
                while (trainer.step() < 500) {
                    store.set(fed, 0.9);
                    trainer.run(1);
                }
            });
            assertTrue(failure.step() > 1, "the first step must not fail: choose another seed");
            assertTrue(failure.getMessage().contains("; with the variables of step 0 it is first in: log"), failure.getMessage());
        }
    }

    /** What another program changes between runs is no reason to blame a step either; a program that only looks is none. */
    @Test
    void stepsBesideAnotherProgramsUpdates() {
        Expr shared = variable("shared", constant(1)), n = variable("n", constant(0));
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, log(shared), List.of(new Update(n, n.add(1))));
                Program look = Program.compile(store, shared);
                Program other = Program.compile(store, List.of(), List.of(new Update(shared, shared.sub(1))))) {
            trainer.run(3);
            look.run();
            trainer.run(1);
            other.run();
            assertTrue(assertThrows(NotFinite.class, () -> trainer.run(1)).getMessage().contains("first in: log"));
            assertEquals(0, store.get(n)[0]);
            assertEquals(0, store.get(shared)[0], "what others change is theirs");
        }
    }

    /** Somebody else's variables, in the same store, are no reason to look no further. */
    @Test
    void stepsBesideAnotherTrainer() {
        Expr n = variable("n", constant(3)), m = variable("m", constant(0));
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, log(n), List.of(new Update(n, n.sub(1))));
                Trainer other = new Trainer(store, m, List.of(new Update(m, m.add(1))))) {
            trainer.run(1);
            other.run(1);
            trainer.run(2);
            other.run(1);
            assertEquals(4, assertThrows(NotFinite.class, () -> trainer.run(1)).step());
            assertEquals(3, store.get(n)[0]);
            assertEquals(2, store.get(m)[0]);
        }
    }

    /** The loss of x = 0 is fine; its derivative is not. */
    @Test
    void aVariableThatIsSpoiltIsNamed() {
        Expr x = variable("x", array(0, 1)), loss = sqrt(square(x.at(0, 0))).add(x.sum());
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, loss, Sgd.of(0.1).minimise(loss, List.of(x)))) {
            NotFinite failure = assertThrows(NotFinite.class, () -> trainer.run(2));
            assertTrue(failure.getMessage().startsWith("variable x is not finite after step 1, whose loss is 1.0; first in: "),
                    failure.getMessage());
            assertTrue(failure.getMessage().contains("after an infinity in: "), failure.getMessage());
        }
    }

    @Test
    void aLossIsOneNumber() {
        Expr x = variable("x", array(0, 1));
        try (Store store = new Store(Devices.cpu(1), 0)) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> new Trainer(store, x, List.of())).getMessage()
                    .startsWith("trainer: the loss has shape [2], and must have []"));
        }
    }

    private static double[] trained(int threads) {
        Mlp net = Mlp.of(Functions::softplus, 2, 64, 64, 1);
        Expr loss = new EnergyDiscrepancy(1, 4, 1).of(Energy.of(net), new Gaussians25().sample(256));
        try (Store store = new Store(Devices.cpu(threads), 7);
                Trainer trainer = new Trainer(store, loss, Adam.of(1e-3).minimise(loss, net.parameters()))) {
            trainer.run(30);
            return net.parameters().stream().flatMapToDouble(p -> java.util.Arrays.stream(store.get(p))).toArray();
        }
    }

    @Test
    void theSameBitsWhateverTheNumberOfThreads() {
        double[] one = trained(1);
        assertArrayEquals(one, trained(1));
        assertArrayEquals(one, trained(2));
        assertArrayEquals(one, trained(3));
    }

    /** Where the copy of the variables is not of step 0: after one has been made, and after a file has been read. */
    @Test
    void aFailureIsFoundFromALaterCopy(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("n.safetensors");
        Expr n = variable("n", constant(1505));
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, reciprocal(n), List.of(new Update(n, n.sub(1))))) {
            trainer.run(1000);
            NotFinite failure = assertThrows(NotFinite.class, () -> trainer.run(506));
            assertEquals(1506, failure.step());
            assertEquals(1000, failure.saved());
            assertTrue(failure.getMessage().contains("reciprocal"), failure.getMessage());
            assertEquals(505, store.get(n)[0]);
        }
        Expr m = variable("m", constant(5));
        try (Store store = new Store(Devices.cpu(1), 0);
                Trainer trainer = new Trainer(store, reciprocal(m), List.of(new Update(m, m.sub(1))))) {
            trainer.run(3);
            trainer.save(file);
            trainer.run(1);
            trainer.resume(file);
            NotFinite failure = assertThrows(NotFinite.class, () -> trainer.run(3));
            assertEquals(6, failure.step());
            assertEquals(3, failure.saved());
        }
    }
}
