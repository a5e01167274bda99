package dev.joule.core.cuda.schedule;

import java.util.List;
import java.util.stream.IntStream;

import dev.joule.core.cuda.text.Body;

/** What a device is asked to do in one go. */
public sealed interface Work {
    /** The numbers of the plan's steps that it carries out, or a part of. */
    IntStream steps();

    /** A kernel: bodies that do not depend on each other. */
    record Kernel(List<Body> bodies) implements Work {
        @Override
        public IntStream steps() {
            return bodies.stream().mapToInt(Body::step);
        }
    }

    record Product(int step, List<Gemm> calls) implements Work {
        @Override
        public IntStream steps() {
            return IntStream.of(step);
        }
    }
}
