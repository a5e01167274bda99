package dev.joule.core.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a step touches when it is looked at row by row: index i of axis {@code axis} of the domain is row i.
 *
 * <p>The row axis of a loop is one of its domain, of the size of the batch. A product counts its axes as batch axes, m, n, k; its rows
 * are in a batch axis of that size, or in m or k, of which each row then takes an equal share: if a has several axes for these, of the first.
 */
public record RowAccess(View view, int[] domain, int axis, Kind kind) {
    public enum Kind {
        READ, WRITE,
        /** Any row may be read. */
        READ_ANY,
        /** Written is a sum over the rows, or a maximum. */
        REDUCE
    }

    /**
     * How the slot is divided, if what the view touches at index i is row i alone: into rows of this many elements, one after the
     * other, again from row 0 when all have had their turn.
     */
    public OptionalLong rowSize() {
        long size = view.strides()[axis];
        if (size <= 0) {
            return OptionalLong.empty();
        }
        long all = size * domain[axis];
        long within = view.offset() % all;
        for (int other = 0; other < domain.length; other++) {
            long stride = view.strides()[other];
            if (other != axis && domain[other] > 1 && stride % all != 0) {
                if (stride < 0) {
                    return OptionalLong.empty();
                }
                within += stride * (domain[other] - 1);
            }
        }
        return within < size ? OptionalLong.of(size) : OptionalLong.empty();
    }

    /** All that a step touches. */
    public static List<RowAccess> of(Step step, int axis, int rows) {
        return switch (step) {
            case LoopStep loop -> of(loop, axis);
            case MatMulStep mul -> of(mul, axis, rows);
            case ScatterStep _ -> throw new IllegalArgumentException("a scatter does not go row by row");
        };
    }

    private static List<RowAccess> of(LoopStep loop, int axis) {
        List<RowAccess> all = new ArrayList<>();
        for (Instr instr : loop.body()) {
            switch (instr) {
                case Instr.Load(_, View view) -> all.add(new RowAccess(view, loop.domain(), axis, Kind.READ));
                case Instr.Gather(_, View view, _, _, _) -> all.add(new RowAccess(view, loop.domain(), axis, Kind.READ_ANY));
                case Instr.Const _, Instr.Index _, Instr.Random _ -> {
                }
                case Instr.Map _, Instr.Zip _, Instr.Select _, Instr.Cast _ -> {
                }
            }
        }
        loop.stores().forEach(store -> all.add(new RowAccess(store.view(), loop.domain(), axis, Kind.WRITE)));
        boolean reduced = loop.reduces(axis);
        loop.reductions()
                .forEach(r -> all.add(new RowAccess(r.view(), loop.domain(), axis, reduced ? Kind.REDUCE : Kind.WRITE)));
        return all;
    }

    private static List<RowAccess> of(MatMulStep mul, int axis, int rows) {
        int m = mul.batch().length;
        boolean deep = mul.sums(axis);
        return List.of(
                operand(mul.a(), mul.aDomain(), axis < m ? axis : deep ? m + mul.rows().length : m, rows, Kind.READ),
                axis == m ? new RowAccess(mul.b(), mul.bDomain(), m, Kind.READ_ANY)
                        : operand(mul.b(), mul.bDomain(), axis < m ? axis : m, rows, Kind.READ),
                deep ? new RowAccess(mul.c(), mul.cDomain(), m, Kind.REDUCE)
                        : operand(mul.c(), mul.cDomain(), axis, rows, Kind.WRITE));
    }

    /** A matrix in which each row of the batch has an equal share of an axis: that axis is cut in two. */
    private static RowAccess operand(View view, int[] domain, int axis, int rows, Kind kind) {
        int[] cut = new int[domain.length + 1];
        long[] strides = new long[cut.length];
        int share = domain[axis] / rows;
        for (int i = 0; i < cut.length; i++) {
            int from = i <= axis ? i : i - 1;
            cut[i] = i == axis ? rows : i == axis + 1 ? share : domain[from];
            strides[i] = view.strides()[from] * (i == axis ? share : 1);
        }
        return new RowAccess(new View(view.slot(), view.offset(), strides), cut, axis, kind);
    }
}
