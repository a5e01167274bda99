package dev.joule.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

import dev.joule.autodiff.Program;
import dev.joule.autodiff.Store;
import dev.joule.core.Device;
import dev.joule.core.Devices;

/** The steps of the benchmarks, with each loss, train alike wherever they run. */
@ExtendWith(NoBufferLeft.class)
class StepTest {
    private static final int STEPS = 3;

    @TestFactory
    Stream<DynamicTest> gpusTrainAsTheCpuDoes() {
        return Stream.of("cuda", "cuda-emulated").flatMap(device -> Stream.of("ed", "sm", "cd", "latent")
                .map(loss -> DynamicTest.dynamicTest(device + " " + loss, () -> {
                    double[] trained = trained(loss, require(device));
                    assertArrayEquals(trained(loss, Devices.cpu()), trained, 2e-4);
                    assertArrayEquals(trained, trained(loss, require(device)), "the same bits again");
                })));
    }

    private static Device require(String name) {
        try {
            return Devices.byName(name, 1);
        } catch (IllegalStateException e) {
            if (name.equals(System.getProperty("joule.required"))) {
                throw e;
            }
            return Assumptions.abort(e.getMessage());
        }
    }

    /** The loss, and the parameters but the last: no loss depends on a constant in the energy, so Adam moves it by rounding errors. */
    private static double[] trained(String loss, Device device) {
        Step step = Step.of(loss);
        try (Store store = new Store(device, 3); Program program = Program.compile(store, List.of(step.loss()), step.updates())) {
            program.run(STEPS);
            return DoubleStream.concat(DoubleStream.of(program.scalar(step.loss())),
                    step.parameters().subList(0, step.parameters().size() - 1).stream()
                            .flatMapToDouble(parameter -> DoubleStream.of(store.get(parameter))))
                    .toArray();
        }
    }
}
