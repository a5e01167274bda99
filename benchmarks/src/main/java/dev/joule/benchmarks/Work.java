package dev.joule.benchmarks;

import java.util.Arrays;

import org.openjdk.jmh.infra.BenchmarkParams;

/** What a benchmark does in one turn: multiplications and additions of products, bytes that a loop must read and write. */
record Work(double flop, double bytes) {

    static Work of(String name, BenchmarkParams params) {
        return switch (name) {
            case "Ceilings.multiplyAdd" -> new Work(Ceilings.FLOP, 0);
            case "Ceilings.copy" -> new Work(0, Ceilings.BYTES);
            case "Products.run" -> {
                int[] size = Arrays.stream(params.getParam("size").split("x")).mapToInt(Integer::parseInt).toArray();
                yield new Work(2.0 * size[0] * size[1] * size[2], 0);
            }
            case "Loops.run" -> new Work(0, 8.0 * Integer.parseInt(params.getParam("count")));
            case "Steps.run" -> new Work(Steps.flop(params.getParam("loss")), 0);
            default -> new Work(0, 0);
        };
    }
}
