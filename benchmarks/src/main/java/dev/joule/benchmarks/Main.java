package dev.joule.benchmarks;

import java.util.Collection;
import java.util.Locale;

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs benchmarks with JMH's own options, and sets beside each what the machine reached in the same run. */
public final class Main {
    private Main() {
    }

    public static void main(String[] args) throws RunnerException, CommandLineOptionException {
        CommandLineOptions given = new CommandLineOptions(args);
        OptionsBuilder options = new OptionsBuilder();
        options.parent(given);
        if (!given.getIncludes().isEmpty()) {
            given.getIncludes().forEach(options::include);
            options.include(Ceilings.class.getSimpleName());
        }
        print(new Runner(options.build()).run());
    }

    private static void print(Collection<RunResult> results) {
        double flops = Double.NaN, bytes = Double.NaN;
        for (RunResult result : results) {
            switch (name(result)) {
                case "Ceilings.multiplyAdd" -> flops = Ceilings.FLOP / nanoseconds(result);
                case "Ceilings.copy" -> bytes = Ceilings.BYTES / nanoseconds(result);
                default -> {
                }
            }
        }
        System.out.printf(Locale.ROOT, "%nThis machine, in this run: %.1f GFLOP/s, copies of %.1f GB/s%n%n", flops, bytes);
        for (RunResult result : results) {
            BenchmarkParams params = result.getParams();
            StringBuilder line = new StringBuilder(name(result));
            params.getParamsKeys().forEach(key -> line.append(' ').append(params.getParam(key)));
            double time = nanoseconds(result);
            System.out.printf(Locale.ROOT, "%-44s %12.2f µs", line, time / 1e3);
            Work work = Work.of(name(result), params);
            if (work.flop() > 0) {
                System.out.printf(Locale.ROOT, "  %7.1f GFLOP/s, %3.0f %% of what it can", work.flop() / time,
                        100 * work.flop() / time / flops);
            }
            if (work.bytes() > 0) {
                System.out.printf(Locale.ROOT, "  %7.1f GB/s, %3.0f %% of a copy", work.bytes() / time,
                        100 * work.bytes() / time / bytes);
            }
            System.out.println();
        }
    }

    private static String name(RunResult result) {
        String name = result.getParams().getBenchmark();
        return name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
    }

    /** All benchmarks measure average times, in microseconds. */
    private static double nanoseconds(RunResult result) {
        return result.getPrimaryResult().getScore() * 1e3;
    }
}
