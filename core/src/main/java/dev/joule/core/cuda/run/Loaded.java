package dev.joule.core.cuda.run;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import dev.joule.core.cuda.driver.DeviceException;
import dev.joule.core.cuda.driver.Driver;
import dev.joule.core.cuda.schedule.Gemm;
import dev.joule.core.cuda.schedule.Launch;
import dev.joule.core.cuda.schedule.Schedule;
import dev.joule.core.cuda.schedule.Work;
import dev.joule.core.cuda.text.Body;
import dev.joule.core.cuda.text.ModuleText;
import dev.joule.core.memory.Scope;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.Step;

/** A schedule whose kernels are on the device and know where their operands lie. */
final class Loaded {
    private static final String TICK = "tick";

    private final CudaDevice device;
    private final Driver driver;
    private final Schedule schedule;
    private final Placement placement;
    private final long[] functions;
    private final long[][] arguments;
    private final long[] blocks;
    private final long tick;

    /** @param scope what the kernels are unloaded with */
    Loaded(CudaDevice device, Schedule schedule, Placement placement, Scope scope) {
        this.device = device;
        this.driver = device.driver();
        this.schedule = schedule;
        this.placement = placement;
        int count = schedule.launches().size();
        functions = new long[count];
        arguments = new long[count][];
        blocks = new long[count];
        ModuleText text = new ModuleText();
        List<String> names = schedule.kernels(text);
        for (int i = 0; i < count; i++) {
            switch (schedule.launches().get(i).work()) {
                case Work.Kernel(List<Body> bodies) -> {
                    arguments[i] = arguments(bodies);
                    blocks[i] = bodies.stream().mapToLong(Body::blocks).sum();
                }
                case Work.Rows rows -> {
                    int step = rows.bodies().getFirst().step();
                    arguments[i] = words(Body.distinctArguments(rows.bodies()).stream()
                            .mapToLong(argument -> placement.word(step, argument)));
                    blocks[i] = rows.blocks();
                }
                case Work.Product _ -> {
                }
            }
        }
        long module = driver.load(device.compile(text.source()));
        scope.add(() -> driver.unload(module));
        for (int i = 0; i < count; i++) {
            functions[i] = names.get(i).isEmpty() ? 0 : driver.function(module, names.get(i));
        }
        tick = driver.function(module, TICK);
    }

    private long[] arguments(List<Body> bodies) {
        return words(bodies.stream()
                .flatMapToLong(body -> body.arguments().stream().mapToLong(argument -> placement.word(body.step(), argument))));
    }

    private long[] words(LongStream arguments) {
        return LongStream.concat(LongStream.of(placement.state()), arguments).toArray();
    }

    Schedule schedule() {
        return schedule;
    }

    /** Puts launch {@code number} on a stream. */
    void launch(int number, long stream) {
        switch (schedule.launches().get(number).work()) {
            case Work.Kernel _, Work.Rows _ -> driver.launch(stream, functions[number], blocks[number], arguments[number]);
            case Work.Product(_, List<Gemm> calls) -> calls.forEach(call -> multiply(call, stream));
        }
    }

    /** One run more has ended. */
    void tick(long stream) {
        driver.launch(stream, tick, 1, new long[]{placement.state()});
    }

    /**
     * The whole schedule as a graph; it begins and ends on the first stream.
     * @param scope what the graph is closed with
     */
    long capture(Scope scope) {
        tryProducts();
        long first = device.stream(0);
        boolean ended = false;
        try (Scope events = new Scope()) {
            driver.beginCapture(first);
            try {
                List<Integer> others = others();
                if (!others.isEmpty()) {
                    // a stream becomes part of the capture by waiting for one that is
                    long begin = record(events, first);
                    others.forEach(other -> driver.await(device.stream(other), begin));
                }
                List<Long> drawn = launches(events);
                long clock = drawn.isEmpty() ? first : device.stream(Schedule.STREAMS - 1);
                drawn.forEach(draws -> driver.await(clock, draws));   // nothing else reads the clock, and goes on beside it
                tick(clock);
                Stream.concat(others.stream().map(device::stream), Stream.of(clock)).distinct().filter(other -> other != first)
                        .forEach(other -> driver.await(first, record(events, other)));
                ended = true;
                long graph = driver.endCapture(first);
                scope.add(() -> driver.closeGraph(graph));
                return graph;
            } finally {
                if (!ended) {
                    DeviceException.quietly(() -> driver.closeGraph(driver.endCapture(first)));
                }
            }
        }
    }

    /**
     * Does those products once whose results are the program's own: cuBLAS loads its kernels, and chooses among them, when they are first wanted,
     * and should not have to within a capture.
     */
    private void tryProducts() {
        for (Launch launch : schedule.launches()) {
            if (launch.work() instanceof Work.Product(_, List<Gemm> calls)) {
                calls.stream().filter(call -> placement.isArena(call.c()))
                        .forEach(call -> multiply(call, device.stream(launch.stream())));
            }
        }
        schedule.launches().stream().map(Launch::stream).distinct().forEach(stream -> driver.synchronize(device.stream(stream)));
    }

    private void multiply(Gemm call, long stream) {
        driver.multiply(stream, call, placement.of(call.a()), placement.of(call.b()), placement.of(call.c()));
    }

    /** An event behind each launch that draws random numbers: the clock must not move on before. */
    private List<Long> launches(Scope events) {
        Map<Integer, Long> awaited = new HashMap<>();
        List<Long> drawn = new ArrayList<>();
        for (int number = 0; number < schedule.launches().size(); number++) {
            Launch launch = schedule.launches().get(number);
            long stream = device.stream(launch.stream());
            launch.after().forEach(before -> driver.await(stream, awaited.get(before)));
            launch(number, stream);
            boolean draws = launch.work().steps().mapToObj(placement.plan().steps()::get).anyMatch(Loaded::draws);
            if (launch.awaited() || draws) {
                awaited.put(number, record(events, stream));
            }
            if (draws) {
                drawn.add(awaited.get(number));
            }
        }
        return drawn;
    }

    private static boolean draws(Step step) {
        return step instanceof LoopStep loop && loop.body().stream().anyMatch(Instr.Random.class::isInstance);
    }

    /** The streams in use, without the first. */
    private List<Integer> others() {
        return schedule.launches().stream().map(Launch::stream).filter(stream -> stream > 0).distinct().sorted().toList();
    }

    private long record(Scope events, long stream) {
        long event = driver.openEvent();
        events.add(() -> driver.closeEvent(event));
        driver.record(event, stream);
        return event;
    }
}
