package dev.joule.core.cpu.loop;

import dev.joule.core.cpu.memory.Cursor;
import dev.joule.core.cpu.memory.Walk;

/** A worker's place in a loop: which elements it is at, and where the values of the body's instructions lie in memory. */
final class Tile {
    /** Most elements of a tile: four tiles of float32 fill a first-level cache, and most loops need fewer. */
    static final int MOST = 2048;

    /** Address of each instruction's value: in scratch memory, or where it is read from or written to. */
    final long[] at;
    /** The scratch memory set aside for each instruction. */
    final long[] home;
    /** Address of the totals of each reduction. */
    final long[] totals;
    final Cursor cursor;
    /** For loops that draw random numbers, else null. */
    final Words words;

    long clock;
    /** Whose tile it is, and the block of rows. */
    final int worker;
    int block;
    /** The first element in the flattened domain, and how many there are: {@code units * rows * columns}. */
    long start;
    int length;
    /** For reductions: the tile holds {@code units} matrices of {@code rows} to be combined, each of {@code columns} kept. */
    int units;
    int rows;
    int columns;

    Tile(int worker, int instructions, int reductions, int rank, Words words) {
        this.worker = worker;
        at = new long[instructions];
        home = new long[instructions];
        totals = new long[reductions];
        cursor = new Cursor(rank);
        this.words = words;
    }

    /** Where a walk's first element is for this tile's block of rows and worker. */
    long base(Walk walk) {
        return walk.base(block, worker);
    }

    /** The cursor, at an element of a walk. */
    Cursor start(Walk walk, long element) {
        cursor.start(walk, base(walk), element);
        return cursor;
    }

    void set(long start, int units, int rows, int columns) {
        this.start = start;
        this.units = units;
        this.rows = rows;
        this.columns = columns;
        this.length = units * rows * columns;
    }
}
