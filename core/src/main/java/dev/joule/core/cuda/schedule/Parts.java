package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

import dev.joule.core.plan.Plan;

/**
 * The smallest pieces of work of a plan, in an order in which they can be done.
 *
 * @param before  for each, those that must have ended
 * @param scratch where each step's scratch memory begins, and last how much there is in all
 */
record Parts(List<Part> all, List<List<Integer>> before, long[] scratch) {
    private static final int ALIGNMENT = 256;

    /** Step by step. */
    static Parts oneByOne(Plan plan) {
        return of(plan, Map.of());
    }

    /** The same, with kernels for those runs of rows, or pieces of them, that are worth it. */
    static Parts withRows(Plan plan) {
        return of(plan, plan.runs().stream().flatMap(run -> RowPiece.of(plan, run).stream())
                .collect(Collectors.toMap(RowPiece::first, Function.identity())));
    }

    private static Parts of(Plan plan, Map<Integer, RowPiece> byRows) {
        List<Part> all = new ArrayList<>();
        for (int number = 0; number < plan.steps().size(); number++) {
            if (byRows.containsKey(number)) {
                all.addAll(byRows.get(number).parts());
                number = byRows.get(number).end() - 1;
            } else {
                all.addAll(Part.of(plan, plan.steps().get(number), number));
            }
        }
        return of(plan, all);
    }

    private static Parts of(Plan plan, List<Part> all) {
        long[] scratch = scratch(plan, all);
        List<List<Touch>> touches = all.stream().map(part -> {
            List<Touch> touched = new ArrayList<>();
            part.touching().forEach(step -> touched.addAll(Touch.of(plan, step)));
            if (part.scratchBytes() > 0) {
                touched.add(Touch.scratch(scratch[part.work().steps().findFirst().orElseThrow()], part.scratchBytes()));
            }
            return touched;
        }).toList();
        return new Parts(all, before(touches), scratch);
    }

    private static long[] scratch(Plan plan, List<Part> all) {
        long[] from = new long[plan.steps().size() + 1];
        all.forEach(part -> part.work().steps().forEach(step -> from[step + 1] = Math.max(from[step + 1], part.scratchBytes())));
        for (int step = 1; step < from.length; step++) {
            from[step] = (from[step - 1] + from[step] + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
        return from;
    }

    /** Which steps, of those that touch this, must have ended before each. */
    static List<List<Integer>> before(List<List<Touch>> touches) {
        List<List<Integer>> all = new ArrayList<>();
        for (int later = 0; later < touches.size(); later++) {
            List<Integer> before = new ArrayList<>();
            for (int earlier = 0; earlier < later; earlier++) {
                if (Touch.conflict(touches.get(earlier), touches.get(later))) {
                    before.add(earlier);
                }
            }
            all.add(before);
        }
        return all;
    }

    /** The numbers of those that may be done at the same time, if each is done as late as possible. */
    static Collection<List<Integer>> levels(List<List<Integer>> before) {
        int[] behind = new int[before.size()];   // how many levels are behind each
        TreeMap<Integer, List<Integer>> levels = new TreeMap<>(Comparator.reverseOrder());
        for (int later = behind.length - 1; later >= 0; later--) {
            for (int earlier : before.get(later)) {
                behind[earlier] = Math.max(behind[earlier], behind[later] + 1);
            }
        }
        for (int number = 0; number < behind.length; number++) {
            levels.computeIfAbsent(behind[number], _ -> new ArrayList<>()).add(number);
        }
        return levels.values();
    }
}
