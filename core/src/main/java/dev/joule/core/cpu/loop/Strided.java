package dev.joule.core.cpu.loop;

import static dev.joule.core.cpu.memory.Native.ALL;
import static dev.joule.core.cpu.memory.Native.INTS;
import static dev.joule.core.cpu.memory.Native.LANES;
import static dev.joule.core.cpu.memory.Native.ORDER;
import static dev.joule.core.cpu.memory.Native.VECTOR_BYTES;
import static jdk.incubator.vector.VectorOperators.EQ;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Cursor;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.cpu.memory.Walk;
import jdk.incubator.vector.IntVector;

/** Moves elements between an array of any strides and a tile, where they lie one after the other. */
public final class Strided {
    private static final int LINE = 64;   // bytes of a line of the cache

    private Strided() {
    }

    /** Elements {@code first ..} of the walk to where a tile's lie one after the other. */
    static void load(Walk walk, Tile tile, long first, int length, long to) {
        int bytes = walk.bytes();
        Cursor box = tile.start(walk, first);
        for (int done = 0; done < length; box.skip()) {
            int taken = box.take(length - done);
            long run = (long) bytes * box.columns;
            copy(bytes, box, box.address, walk.step(-3), walk.step(-2), walk.step(-1),
                    to + (long) bytes * done, run * box.runs, run, bytes);
            done += taken;
        }
    }

    /** The row of a walk that has but one, again and again: what there is already is copied, which is twice as much each time. */
    static void loadRow(Walk walk, Tile tile, int length, long to) {
        int bytes = walk.bytes(), row = (int) Math.min(length, walk.sizes()[1]);
        load(walk, tile, 0, row, to);
        for (int done = row, more; done < length; done += more) {
            more = Math.min(done, length - done);
            copy(bytes, to, bytes, to + (long) bytes * done, bytes, more);
        }
    }

    /** What lies one after the other, or one value again and again (mask 0), to elements {@code first ..} of the walk. */
    static void store(Walk walk, Tile tile, long first, int length, long from, int mask) {
        int bytes = walk.bytes();
        Cursor box = tile.start(walk, first);
        for (int done = 0; done < length; box.skip()) {
            int taken = box.take(length - done);
            long run = (long) bytes * box.columns;
            copy(bytes, box, from + ((long) bytes * done & mask), run * box.runs & mask, run & mask, bytes & mask,
                    box.address, walk.step(-3), walk.step(-2), walk.step(-1));
            done += taken;
        }
    }

    /** The places of a tile's elements themselves, as numbers. */
    static void positions(Walk walk, Tile tile, DType dtype, long to) {
        Cursor cursor = tile.start(walk, tile.start);
        int length = tile.length;
        for (int done = 0; done < length; cursor.nextRun()) {
            int run = (int) Math.min(cursor.left, length - done);
            int i = 0;
            if (dtype == DType.INT32) {   // a vector of them at a time
                IntVector places = IntVector.broadcast(INTS, (int) cursor.address).addIndex((int) walk.step());
                for (; i <= run - LANES; i += LANES) {
                    places.intoMemorySegment(ALL, to + 4L * (done + i), ORDER);
                    places = places.add(LANES * (int) walk.step());
                }
            }
            for (; i < run; i++) {
                Raw.put(dtype, to + (long) dtype.bytes() * (done + i), cursor.address + i * walk.step());
            }
            done += run;
        }
    }

    /**
     * A tile's elements of the walk, each further on by {@code row * rowBytes} with a row of its own. One element of each line of
     * the cache comes first: rows are anywhere in memory, and so their lines are fetched at the same time.
     */
    static void gather(Walk walk, Tile tile, long rowBytes, int rows, long row, int rowMask, long to, String origin) {
        int bytes = walk.bytes();
        Cursor cursor = tile.start(walk, tile.start);
        int length = tile.length;
        for (int done = 0; done < length; cursor.nextRun()) {
            int run = (int) Math.min(cursor.left, length - done);
            for (int i = 0; i < run; i += LINE / bytes) {
                long from = cursor.address + i * walk.step() + row(row, rowMask, done + i, rows, origin) * rowBytes;
                copy(bytes, from, 0, to + (long) bytes * (done + i), 0, 1);
            }
            done += run;
        }
        cursor = tile.start(walk, tile.start);
        for (int done = 0; done < length; cursor.nextRun()) {
            int run = (int) Math.min(cursor.left, length - done);
            for (int i = 0; i < run;) {
                int number = row(row, rowMask, done + i, rows, origin);
                int same = rowMask == 0 ? run - i : same(row + 4L * (done + i), run - i, number);
                long from = cursor.address + i * walk.step() + number * rowBytes;
                copy(bytes, from, walk.step(), to + (long) bytes * (done + i), bytes, same);
                i += same;
            }
            done += run;
        }
    }

    private static int row(long row, int rowMask, int i, int rows, String origin) {
        int number = Raw.getInt(row + (4L * i & rowMask));
        if (number < 0 || number >= rows) {
            throw new IndexOutOfBoundsException(
                    "gather: row " + number + " is outside of 0.." + (rows - 1) + " (" + origin + ")");
        }
        return number;
    }

    /** How many numbers from here on are this one. */
    private static int same(long from, int length, int number) {
        int i = 1;
        while (i <= length - INTS.length()
                && IntVector.fromMemorySegment(INTS, ALL, from + 4L * i, ORDER).compare(EQ, number).allTrue()) {
            i += INTS.length();
        }
        while (i < length && Raw.getInt(from + 4L * i) == number) {
            i++;
        }
        return i;
    }

    /** A box of elements. */
    private static void copy(int bytes, Cursor box, long from, long fromBlock, long fromRun, long fromStep, long to, long toBlock,
            long toRun, long toStep) {
        int blocks = box.blocks, runs = box.runs, columns = box.columns;
        if (bytes == 4 && toStep == 4 && (fromStep == 4 || fromStep == 0) && columns >= INTS.length()) {
            for (int block = 0; block < blocks; block++, from += fromBlock, to += toBlock) {
                if (fromStep == 4) {
                    copyEach(from, fromRun, to, toRun, runs, columns);
                } else {
                    repeatEach(from, fromRun, to, toRun, runs, columns);
                }
            }
        } else if (bytes == 4 && fromStep == 4 && toStep == 4 && columns % 2 == 0) {   // short runs: by twos
            copy(8, blocks, runs, columns / 2, from, fromBlock, fromRun, 8, to, toBlock, toRun, 8);
        } else {
            copy(bytes, blocks, runs, columns, from, fromBlock, fromRun, fromStep, to, toBlock, toRun, toStep);
        }
    }

    private static void copy(int bytes, int blocks, int runs, int columns, long from, long fromBlock, long fromRun, long fromStep,
            long to, long toBlock, long toRun, long toStep) {
        if (blocks > columns) {   // short runs, as of one channel in the windows of an image: along the longer axis
            copyOnes(bytes, columns, runs, blocks, from, fromStep, fromRun, fromBlock, to, toStep, toRun, toBlock);
        } else {
            copyOnes(bytes, blocks, runs, columns, from, fromBlock, fromRun, fromStep, to, toBlock, toRun, toStep);
        }
    }

    private static void copyOnes(int bytes, int blocks, int runs, int columns, long from, long fromBlock, long fromRun,
            long fromStep,
            long to, long toBlock, long toRun, long toStep) {
        for (int block = 0; block < blocks; block++, from += fromBlock, to += toBlock) {
            if (bytes == 4) {
                copyInts(from, fromRun, fromStep, to, toRun, toStep, runs, columns);
            } else {
                copyLongs(from, fromRun, fromStep, to, toRun, toStep, runs, columns);
            }
        }
    }

    /** Runs of at least a vector. The last vector may begin within the one before. */
    private static void copyEach(long from, long fromRun, long to, long toRun, int runs, int columns) {
        int last = columns - INTS.length();
        for (int run = 0; run < runs; run++, from += fromRun, to += toRun) {
            for (int i = 0; i < last; i += INTS.length()) {
                IntVector.fromMemorySegment(INTS, ALL, from + 4L * i, ORDER).intoMemorySegment(ALL, to + 4L * i, ORDER);
            }
            IntVector.fromMemorySegment(INTS, ALL, from + 4L * last, ORDER).intoMemorySegment(ALL, to + 4L * last, ORDER);
        }
    }

    /** Runs of one number each, {@code columns} times, which is at least a vector. */
    private static void repeatEach(long from, long fromRun, long to, long toRun, int runs, int columns) {
        long last = 4L * columns - VECTOR_BYTES;
        for (int run = 0; run < runs; run++, from += fromRun, to += toRun) {
            IntVector number = IntVector.broadcast(INTS, Raw.getInt(from));
            for (long at = 0; at < last; at += VECTOR_BYTES) {
                number.intoMemorySegment(ALL, to + at, ORDER);
            }
            number.intoMemorySegment(ALL, to + last, ORDER);
        }
    }

    private static void copyInts(long from, long fromRun, long fromStep, long to, long toRun, long toStep, int runs,
            int columns) {
        for (int run = 0; run < runs; run++, from += fromRun, to += toRun) {
            for (int i = 0; i < columns; i++) {
                Raw.putInt(to + toStep * i, Raw.getInt(from + fromStep * i));
            }
        }
    }

    private static void copyLongs(long from, long fromRun, long fromStep, long to, long toRun, long toStep, int runs,
            int columns) {
        for (int run = 0; run < runs; run++, from += fromRun, to += toRun) {
            for (int i = 0; i < columns; i++) {
                Raw.putLong(to + toStep * i, Raw.getLong(from + fromStep * i));
            }
        }
    }

    private static void copy(int bytes, long from, long fromStep, long to, long toStep, int count) {
        if (bytes == 4) {
            copyInts(from, fromStep, to, toStep, count);
        } else {
            copyLongs(from, fromStep, to, toStep, count);
        }
    }

    /** Copies elements of 4 bytes, float or int, bit by bit. */
    public static void copyInts(long from, long fromStep, long to, long toStep, int count) {
        boolean vectors = toStep == 4 && count >= INTS.length();
        if (vectors && fromStep == 4) {
            copyEach(from, 0, to, 0, 1, count);
        } else if (vectors && fromStep == 0) {
            repeatEach(from, 0, to, 0, 1, count);
        } else {
            copyInts(from, 0, fromStep, to, 0, toStep, 1, count);
        }
    }

    /** Copies elements of 8 bytes. */
    public static void copyLongs(long from, long fromStep, long to, long toStep, int count) {
        copyLongs(from, 0, fromStep, to, 0, toStep, 1, count);
    }
}
