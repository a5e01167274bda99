package dev.joule.core.cpu.loop;

import static dev.joule.core.cpu.memory.Native.ALL;
import static dev.joule.core.cpu.memory.Native.INTS;
import static dev.joule.core.cpu.memory.Native.ORDER;

import dev.joule.core.DType;
import dev.joule.core.cpu.memory.Cursor;
import dev.joule.core.cpu.memory.Raw;
import dev.joule.core.cpu.memory.Walk;
import jdk.incubator.vector.IntVector;

/** Moves elements between an array of any strides and a tile, where they lie one after the other. */
public final class Strided {
    private Strided() {
    }

    /** Elements {@code first ..} of the walk to where a tile's lie one after the other. */
    static void load(Walk walk, Tile tile, long first, int length, long to) {
        int bytes = walk.bytes();
        Cursor cursor = tile.start(walk, first);
        for (int done = 0; done < length; cursor.nextRun()) {
            int run = (int) Math.min(cursor.left, length - done);
            copy(bytes, cursor.address, walk.step(), to + (long) bytes * done, bytes, run);
            done += run;
        }
    }

    /** What lies one after the other, or one value again and again (mask 0), to elements {@code first ..} of the walk. */
    static void store(Walk walk, Tile tile, long first, int length, long from, int mask) {
        int bytes = walk.bytes();
        Cursor cursor = tile.start(walk, first);
        for (int done = 0; done < length; cursor.nextRun()) {
            int run = (int) Math.min(cursor.left, length - done);
            copy(bytes, from + ((long) bytes * done & mask), bytes & mask, cursor.address, walk.step(), run);
            done += run;
        }
    }

    /** The places of a tile's elements themselves, as numbers. */
    static void positions(Walk walk, Tile tile, DType dtype, long to) {
        Cursor cursor = tile.start(walk, tile.start);
        int length = tile.length;
        for (int done = 0; done < length; cursor.nextRun()) {
            int run = (int) Math.min(cursor.left, length - done);
            for (int i = 0; i < run; i++) {
                Raw.put(dtype, to + (long) dtype.bytes() * (done + i), cursor.address + i * walk.step());
            }
            done += run;
        }
    }

    /** A tile's elements of the walk, each further on by {@code row * rowBytes} with a row of its own. */
    static void gather(Walk walk, Tile tile, long rowBytes, int rows, long row, int rowMask, long to, String origin) {
        int bytes = walk.bytes();
        Cursor cursor = tile.start(walk, tile.start);
        int length = tile.length;
        for (int done = 0; done < length; cursor.nextRun()) {
            int run = (int) Math.min(cursor.left, length - done);
            for (int i = 0; i < run;) {
                int number = Raw.getInt(row + (4L * (done + i) & rowMask));
                if (number < 0 || number >= rows) {
                    throw new IndexOutOfBoundsException(
                            "gather: row " + number + " is outside of 0.." + (rows - 1) + " (" + origin + ")");
                }
                int end = i + 1;   // of the elements that want the same row
                while (end < run && Raw.getInt(row + (4L * (done + end) & rowMask)) == number) {
                    end++;
                }
                long from = cursor.address + i * walk.step() + number * rowBytes;
                copy(bytes, from, walk.step(), to + (long) bytes * (done + i), bytes, end - i);
                i = end;
            }
            done += run;
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
        int i = 0;
        if (toStep == 4 && fromStep == 4) {
            for (; i <= count - INTS.length(); i += INTS.length()) {
                IntVector.fromMemorySegment(INTS, ALL, from + 4L * i, ORDER).intoMemorySegment(ALL, to + 4L * i, ORDER);
            }
        } else if (toStep == 4 && fromStep == 0 && count >= INTS.length()) {
            IntVector value = IntVector.broadcast(INTS, Raw.getInt(from));
            for (; i <= count - INTS.length(); i += INTS.length()) {
                value.intoMemorySegment(ALL, to + 4L * i, ORDER);
            }
        }
        for (; i < count; i++) {
            Raw.putInt(to + toStep * i, Raw.getInt(from + fromStep * i));
        }
    }

    /** Copies elements of 8 bytes. */
    public static void copyLongs(long from, long fromStep, long to, long toStep, int count) {
        for (int i = 0; i < count; i++) {
            Raw.putLong(to + toStep * i, Raw.getLong(from + fromStep * i));
        }
    }
}
