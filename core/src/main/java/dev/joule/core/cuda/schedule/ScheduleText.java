package dev.joule.core.cuda.schedule;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import dev.joule.core.cuda.text.Body;
import dev.joule.core.cuda.text.ModuleText;
import dev.joule.core.plan.Plan;

/** What a GPU is asked to do for a plan, for people to read. No GPU is needed. */
public final class ScheduleText {
    private final List<Launch> launches;
    private final List<String> kernels;
    private final int[] depth;

    private ScheduleText(Schedule schedule) {
        launches = schedule.launches();
        kernels = schedule.kernels(new ModuleText());
        depth = depth(launches);
    }

    /** A line for each launch: its kernel, its stream, what it waits for on others, and the steps that it does. */
    public static String of(Plan plan) {
        return new ScheduleText(Schedule.of(Spread.of(plan))).text();
    }

    private String text() {
        String lines = IntStream.range(0, launches.size()).mapToObj(this::line).collect(Collectors.joining());
        return lines + String.format(Locale.ROOT,
                "%n%d launches of %d kernels and products; the longest chain, one after the other, has %d%n",
                launches.size(), kernels.stream().filter(name -> !name.isEmpty()).distinct().count(),
                IntStream.of(depth).max().orElse(0));
    }

    private String line(int number) {
        Launch launch = launches.get(number);
        String what = switch (launch.work()) {
            case Work.Kernel(List<Body> bodies) ->
                kernels.get(number) + ", " + bodies.stream().mapToLong(Body::blocks).sum() + " blocks";
            case Work.Rows rows -> kernels.get(number) + ", " + rows.blocks() + " blocks, each with " + rows.rows()
                    + (rows.rows() == 1 ? " row" : " rows") + ", " + rows.phases().size() + " phases";
            case Work.Product _ -> "product";
        };
        String after = launch.after().isEmpty() ? "" : ", after " + launch.after().stream().sorted().map(String::valueOf)
                .collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "%-5d %-46s stream %d%s: steps %s%n", number, what, launch.stream(), after,
                ranges(launch.work().steps().sorted().distinct().toArray()));
    }

    /** Numbers, neighbours as from–to. */
    private static String ranges(int[] numbers) {
        StringBuilder text = new StringBuilder();
        for (int from = 0; from < numbers.length;) {
            int to = from;
            while (to + 1 < numbers.length && numbers[to + 1] == numbers[to] + 1) {
                to++;
            }
            text.append(text.isEmpty() ? "" : ", ").append(numbers[from]).append(to > from ? "–" + numbers[to] : "");
            from = to + 1;
        }
        return text.toString();
    }

    /** How many launches each is the last of, one after the other. */
    private static int[] depth(List<Launch> launches) {
        int[] depth = new int[launches.size()];
        Map<Integer, Integer> last = new HashMap<>();
        for (int i = 0; i < depth.length; i++) {
            Launch launch = launches.get(i);
            int before = Math.max(last.getOrDefault(launch.stream(), 0),
                    launch.after().stream().mapToInt(number -> depth[number]).max().orElse(0));
            depth[i] = before + 1;
            last.put(launch.stream(), depth[i]);
        }
        return depth;
    }
}
