package dev.joule.core.cpu.vector;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A straight line of instructions on vectors.
 *
 * @param results what is written to memory: the results of a first vector, those of a second one, and so on
 */
record LaneProgram(List<LaneValue.Result> line, List<LaneValue> results) {
    /**
     * What a loop does for several vectors at once. An instruction stands beside its likes of the other vectors, which need not wait for
     * each other.
     */
    static LaneProgram of(LoopShape shape, int vectors) {
        List<LaneProgram> programs = IntStream.range(0, vectors).mapToObj(vector -> LaneTranslator.translate(shape, vector))
                .toList();
        List<LaneValue.Result> line = new ArrayList<>();
        for (int i = 0; i < programs.getFirst().line.size(); i++) {
            for (LaneProgram program : programs) {
                line.add(program.line.get(i));
            }
        }
        return new LaneProgram(line, programs.stream().flatMap(program -> program.results.stream()).toList());
    }

    /** What the instructions take, in their order. */
    Stream<LaneValue> inputs() {
        return line.stream().flatMap(result -> result.inputs().stream());
    }
}
