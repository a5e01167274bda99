package dev.joule.core.cpu.rows;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.joule.core.cpu.loop.Tiling;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowAccess;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Slot;
import dev.joule.core.plan.Step;

/**
 * How the rows of a run are cut: into blocks of {@code size} of them, the last perhaps smaller, which are shared out in chunks. It
 * depends on shapes and the machine, not on the number of threads, so that sums are the same with any.
 */
record Cut(int rows, int size, int chunks) {
    /** Bytes of a block's rows, all steps together: measured best at one to two second-level caches. */
    private static final long BLOCK_BYTES = 1536 << 10;
    /**
     * Weights of more bytes come from farther away for each block anew, and then fewer and larger blocks are better, even if their
     * values come from there as well: 5 to 30 % with three layers of 384 units and more; 5 % worse with 256.
     */
    private static final long CACHED_WEIGHTS = 3 << 20, LARGE_BLOCK_BYTES = 6 << 20;

    static Cut of(Plan plan, RowRun run) {
        double work = 0;
        Map<Slot.Place, Long> values = new HashMap<>();
        Map<List<Object>, Long> weights = new HashMap<>();
        for (int i = 0; i < run.axes().size(); i++) {
            Step step = plan.steps().get(run.first() + i);
            work += work(step);
            for (RowAccess access : RowAccess.of(step, run.axes().get(i), run.rows())) {
                Slot slot = plan.slot(access.view());
                switch (access.kind()) {
                    case WRITE -> values.put(slot.place(), slot.bytes());
                    case READ_ANY, REDUCE -> {
                        if (step instanceof MatMulStep) {   // transposed, it is another matrix
                            weights.put(List.of(slot, access.view().strides()[access.domain().length - 1]), slot.bytes());
                        }
                    }
                    case READ -> {
                    }
                }
            }
        }
        int chunks = 1;
        while (chunks < Math.min(MostChunks.here(), run.rows() / 2) && work > chunks * (chunks < 4 ? 1e5 : 8e6)) {
            chunks *= 2;
        }
        long block = sum(weights) > CACHED_WEIGHTS ? LARGE_BLOCK_BYTES : BLOCK_BYTES;
        int most = (int) Math.clamp(block * run.rows() / Math.max(1, sum(values)), 1, run.rows());
        int perChunk = Math.ceilDiv(Math.ceilDiv(run.rows(), chunks), most);
        int size = Math.ceilDiv(run.rows(), chunks * perChunk);
        return new Cut(run.rows(), size, Math.min(chunks, Math.ceilDiv(run.rows(), size)));
    }

    int blocks() {
        return Math.ceilDiv(rows, size);
    }

    /** How many rows the last block has. */
    int rest() {
        return rows - (blocks() - 1) * size;
    }

    /** In units of some 0.1 ns. */
    private static double work(Step step) {
        return switch (step) {
            case LoopStep loop -> Tiling.work(loop);
            case MatMulStep mul -> 0.1 * mul.flop();
            case ScatterStep _ -> 0;
        };
    }

    private static long sum(Map<?, Long> bytes) {
        return bytes.values().stream().mapToLong(Long::longValue).sum();
    }
}
