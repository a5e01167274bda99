package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.List;

import dev.joule.core.plan.Plan;
import dev.joule.core.plan.RowRun;

/**
 * Neighbouring steps of a run of rows of which one kernel does all but the sums over the rows, so that what were dozens of launches, each
 * waiting for the one before, is one. The sums come behind it, from what it leaves in memory.
 *
 * @param first number of the first step
 * @param end   number of the first step behind them
 */
record RowParts(int first, int end, List<Part> parts) {

    /** The run as one piece if that is worth it; else the pieces between its large steps that are. */
    static List<RowParts> of(Plan plan, RowRun run) {
        List<RowPiece> whole = pieces(plan, run, true);
        return (whole.size() == 1 && whole.getFirst().isWorthIt() ? whole : pieces(plan, run, false)).stream()
                .filter(RowPiece::isWorthIt).map(RowPiece::parts).toList();
    }

    /** Pieces of a run, each as long as it can be. */
    private static List<RowPiece> pieces(Plan plan, RowRun run, boolean large) {
        List<RowPiece> pieces = new ArrayList<>(List.of(new RowPiece(plan, run, run.first())));
        for (int number = run.first(); number < run.end(); number++) {
            boolean possible = large || !RowPiece.isLarge(plan.steps().get(number));
            if (!possible || !pieces.getLast().takes(number)) {
                pieces.add(new RowPiece(plan, run, number));
                if (!possible || !pieces.getLast().takes(number)) {
                    pieces.add(new RowPiece(plan, run, number + 1));
                }
            }
        }
        return pieces;
    }
}
