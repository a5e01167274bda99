package dev.joule.core.cpu.machine;

/** The registers of 64 bits, by their numbers. */
public enum Register {
    RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15;

    /** A place in memory: this register's address, plus some bytes. */
    public Place at(int offset) {
        return new Place(this, null, 1, offset);
    }

    /** This register's address, plus {@code scale} times the number in {@code index}, plus some bytes. */
    public Place at(Register index, int scale, int offset) {
        return scale == 0 ? at(offset) : new Place(this, index, scale, offset);
    }

    /** @param index not RSP, or null for none */
    public record Place(Register base, Register index, int scale, int offset) {
    }
}
