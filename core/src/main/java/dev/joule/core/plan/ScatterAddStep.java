package dev.joule.core.plan;

/**
 * target = 0, then target[index[i], j] += source[i, j] for i in order: the adjoint of a gather of rows. {@code index} is a view over
 * [count] of an int32 slot, {@code source} over [count, width], {@code target} over [rows, width]. A row outside is an error.
 */
public record ScatterAddStep(int count, int width, int rows, View index, View source, View target, String origin)
        implements Step {
}
