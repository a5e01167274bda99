package dev.joule.core.cpu.loop;

import java.util.Arrays;

import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.scalar.Draw;

/**
 * How a loop over [outer, reduced, inner] is cut, by its shape alone. A unit is what one place of the outer axes covers.
 * Small units are cut into tiles of several whole ones. Large ones are cut into strips of up to 2,048 columns (inner), each
 * strip into tiles of some rows (reduced), and if there are few strips, their rows into parts whose totals are combined
 * later. A loop without reductions is all outer, with units of one element.
 *
 * @param row size of the last axis: what is the same for each row can stay where it is if tiles begin where rows do
 */
public record Tiling(long outer, long reduced, long inner, int row, int strips, int parts, int chunks) {
    /** Work that is worth a hand-over between threads, in element-instructions of some 0.1 ns. */
    private static final long CHUNK = 16_384;
    private static final int VECTOR = 16;   // elements
    private static final int MOST_CHUNKS = 128;
    private static final int MOST_PARTS = 32;

    static Tiling of(LoopStep loop) {
        return of(loop, Math.clamp(work(loop) / CHUNK, 1, MOST_CHUNKS), MOST_PARTS);
    }

    /** Nothing is left to be combined in the end. */
    static Tiling inOnePart(LoopStep loop) {
        return of(loop, Math.clamp(work(loop) / CHUNK, 1, MOST_CHUNKS), 1);
    }

    /** Not shared among threads. */
    static Tiling inOneChunk(LoopStep loop) {
        return of(loop, 1, 1);
    }

    private static Tiling of(LoopStep loop, int wanted, int mostParts) {
        int[] domain = loop.domain();
        long outer = count(domain, 0, loop.reduceFrom());
        long reduced = count(domain, loop.reduceFrom(), loop.reduceTo());
        long inner = count(domain, loop.reduceTo(), domain.length);
        int row = domain.length == 0 ? 1 : Math.max(1, domain[domain.length - 1]);
        Tiling uncut = new Tiling(outer, reduced, inner, row, 1, 1, 1);
        if (uncut.whole()) {
            return new Tiling(outer, reduced, inner, row, 1, 1, Math.clamp(uncut.tiles(), 1, wanted));
        }
        int strips = Math.toIntExact((inner + Tile.MOST - 1) / Tile.MOST);
        long all = outer * strips;
        if (all >= wanted) {
            return new Tiling(outer, reduced, inner, row, strips, 1, wanted);
        }
        long rowTiles = Math.max(1, (reduced + uncut.rowsPerTile() - 1) / uncut.rowsPerTile());
        int parts = (int) Math.clamp(wanted / Math.max(1, all), 1L, Math.min(rowTiles, mostParts));
        return new Tiling(outer, reduced, inner, row, strips, parts, Math.toIntExact(Math.max(1, all * parts)));
    }

    private static long count(int[] domain, int from, int to) {
        return Arrays.stream(domain, from, to).asLongStream().reduce(1, Math::multiplyExact);
    }

    /** About how long an instruction takes, next to an addition. */
    private static int weight(Instr instr) {
        return switch (instr) {
            case Instr.Const _ -> 0;
            case Instr.Load _, Instr.Select _, Instr.Cast _, Instr.Index _ -> 1;
            case Instr.Gather _ -> 10;
            case Instr.Random(_, Draw draw, _, _) -> draw instanceof Draw.Normal ? 60 : 40;
            case Instr.Map(_, var op, _) -> switch (op) {
                case NEG, ABS, SIGN, RECIPROCAL, SQRT, RSQRT, FLOOR -> 1;
                case EXP, EXPM1, LOG, LOG1P, SIN, COS, TANH, SIGMOID, SOFTPLUS, SATURATION, ERF -> 5;
            };
            case Instr.Zip(_, var op, _, _) -> switch (op) {
                case ADD, SUB, MUL, DIV, MIN, MAX, LESS, LESS_EQUAL, EQUAL, NOT_EQUAL -> 1;
                case POW -> 200;
            };
        };
    }

    /** How much work a loop is, in element-instructions of some 0.1 ns. */
    public static long work(LoopStep loop) {
        return count(loop.domain(), 0, loop.domain().length) * loop.body().stream().mapToInt(Tiling::weight).sum();
    }

    boolean isEmpty() {
        return outer * inner == 0;
    }

    /** Whether tiles hold whole units. */
    boolean whole() {
        return reduced * inner > 0 && reduced * inner <= Tile.MOST;
    }

    /** How many whole units a tile holds: if it can be, such that tiles end where vectors and rows end, or where vectors end. */
    int unitsPerTile() {
        long unit = reduced * inner, most = Tile.MOST / unit;
        for (long end : new long[]{multiple(VECTOR, row), VECTOR}) {
            long units = multiple(end, unit) / unit;
            if (units <= most) {
                return (int) (most - most % units);
            }
        }
        return (int) most;
    }

    /** The smallest multiple of both. */
    private static long multiple(long a, long b) {
        long x = a, y = b;
        while (y != 0) {
            long rest = x % y;
            x = y;
            y = rest;
        }
        return a / x * b;
    }

    /** How many tiles of whole units there are. */
    long tiles() {
        return (outer + unitsPerTile() - 1) / unitsPerTile();
    }

    int columnsPerStrip() {
        return (int) Math.min(inner, Tile.MOST);
    }

    int rowsPerTile() {
        int columns = Math.max(1, columnsPerStrip()), most = Tile.MOST / columns;
        int rows = (int) (multiple(VECTOR, columns) / columns);
        return rows <= most ? most - most % rows : most;
    }

    /** A number that divides the place where any tile begins. */
    long alignment() {
        if (whole()) {
            return unitsPerTile() * reduced * inner;
        }
        return inner <= Tile.MOST ? inner : 1;
    }

    /** How many totals each reduction has. */
    long totals() {
        return outer * inner;
    }
}
