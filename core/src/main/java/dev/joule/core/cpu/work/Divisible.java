package dev.joule.core.cpu.work;

/** A step of a run of rows that falls into pieces, which several workers can do at the same time with the same result to the bit. */
public interface Divisible extends RowTask {
    int pieces();

    /** @param owner whose block of rows it is, in whose memory its values are; @param worker who does it */
    void run(int piece, Block at, int owner, int worker);
}
