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

    /**
     * A kernel whose blocks each have some rows of a batch for themselves and take them through all phases, one after the other; the bodies of
     * a phase do not depend on each other.
     *
     * @param rows how many a block has
     */
    record Rows(List<List<Body>> phases, int rows, int blocks) implements Work {
        public List<Body> bodies() {
            return phases.stream().flatMap(List::stream).toList();
        }

        @Override
        public IntStream steps() {
            return bodies().stream().mapToInt(Body::step);
        }
    }

    record Product(int step, List<Gemm> calls) implements Work {
        @Override
        public IntStream steps() {
            return IntStream.of(step);
        }
    }
}
