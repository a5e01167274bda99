package dev.joule.core.plan;

import java.util.Arrays;
import java.util.Optional;

/**
 * Rows that go to where an index names. {@code index} is a view over [count] of an int32 slot, {@code source} over [count, width], {@code
 * base} and {@code target} over [rows, width]. A row outside is an error.
 *
 * <p>Without a base, rows are added, the adjoint of a gather of rows: target = 0, then target[index[i], j] += source[i, j] for i in order. With
 * one, rows are replaced: target = base, then target[index[i], j] = source[i, j] for i in order, so that of several for one row the last
 * counts. The base may be the target itself, of which all other rows stay as they are.
 */
public record ScatterStep(int count, int width, int rows, View index, View source, Optional<View> base, View target,
        String origin)
        implements Step {

    /** Whether base and target are the same memory, so that other rows stay as they are. */
    public boolean isInPlace(Plan plan) {
        return base.filter(view -> plan.slot(view).place().equals(plan.slot(target).place()) && view.offset() == target.offset()
                && Arrays.equals(view.strides(), target.strides())).isPresent();
    }

    /** The domain of index. */
    public int[] list() {
        return new int[]{count};
    }

    /** The domain of source. */
    public int[] from() {
        return new int[]{count, width};
    }

    /** The domain of base and of target. */
    public int[] to() {
        return new int[]{rows, width};
    }

    /** What a user knows it as. */
    public String word() {
        return base.isPresent() ? "withRows" : "scatterAdd";
    }

    /** @throws IndexOutOfBoundsException if there is no such row */
    public void requireRow(int row) {
        if (row < 0 || row >= rows) {
            throw new IndexOutOfBoundsException(
                    word() + ": row " + row + " is outside of 0.." + (rows - 1) + " (" + origin + ")");
        }
    }
}
