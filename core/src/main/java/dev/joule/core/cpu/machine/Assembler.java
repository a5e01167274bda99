package dev.joule.core.cpu.machine;

import java.io.ByteArrayOutputStream;

import dev.joule.core.cpu.machine.Register.Place;

/**
 * Writes machine code for x86-64 processors: the few instructions that kernels consist of, under the names that the processors'
 * manuals give them ("Intel 64 and IA-32 Architectures Software Developer's Manual", volume 2). Vectors have 256 bits (AVX2, FMA;
 * registers 0 to 15) or 512 (AVX-512F, DQ and VL; registers 0 to 31, and others for masks).
 */
public final class Assembler {
    private final ByteArrayOutputStream code = new ByteArrayOutputStream();
    private final boolean wide;
    private int mask;   // as EVEX has it
    private boolean halved;

    public Assembler(int vectorBytes) {
        this.wide = vectorBytes == 64;
        if (!wide && vectorBytes != 32) {
            throw new IllegalArgumentException("vectors of " + vectorBytes + " bytes");
        }
    }

    public int vectorBytes() {
        return wide ? 64 : 32;
    }

    public int vectorRegisters() {
        return wide ? 32 : 16;
    }

    /** Whether there are registers for masks, 1 to 7. */
    public boolean hasMasks() {
        return wide;
    }

    public byte[] code() {
        return code.toByteArray();
    }

    // ---- numbers of 64 bits ----

    public void mov(Register to, Register from) {
        operate(0x8B, to, from);
    }

    public void add(Register to, Register number) {
        operate(0x03, to, number);
    }

    public void mov(Register to, Place from) {
        operate(0x8B, to, from);
    }

    public void mov(Place to, Register from) {
        operate(0x89, from, to);
    }

    public void add(Register to, Place number) {
        operate(0x03, to, number);
    }

    public void lea(Register to, Place place) {
        operate(0x8D, to, place);
    }

    /** The address that lies so many bytes before the code. */
    public void leaBefore(Register to, int distance) {
        rex(to.ordinal() >> 3, 0, 0);
        bytes(0x8D, (to.ordinal() & 7) << 3 | 5);   // it counts from behind this instruction
        number(-distance - (code.size() + Integer.BYTES));
    }

    /** Shifts right, by a constant. The next jump depends on whether zero is left. */
    public void shr(Register number, int bits) {
        rex(0, 0, number.ordinal());
        bytes(0xC1, 0xE8 | number.ordinal() & 7, bits);
    }

    /** Keeps the bits that are set in {@code mask}, of 0 to 127. The next jump depends on whether zero is left. */
    public void and(Register number, int mask) {
        rex(0, 0, number.ordinal());
        bytes(0x83, 0xE0 | number.ordinal() & 7, mask);
    }

    /** Subtracts one. The next jump depends on whether zero is left. */
    public void dec(Register number) {
        rex(0, 0, number.ordinal());
        bytes(0xFF, 0xC8 | number.ordinal() & 7);
    }

    public void dec(Place number) {
        rex(0, high(number.index()), number.base().ordinal());
        bytes(0xFF);
        operand(1, number, true);
    }

    public void push(Register register) {
        bytes(0x40 | register.ordinal() >> 3, 0x50 | register.ordinal() & 7);
    }

    public void pop(Register register) {
        bytes(0x40 | register.ordinal() >> 3, 0x58 | register.ordinal() & 7);
    }

    public void ret() {
        bytes(0xC3);
    }

    // ---- jumps ----

    /** Runs what {@code body} writes as long as zero is not left at its end: at least once. */
    public void repeatUntilZero(Runnable body) {
        int begin = code.size();
        body.run();
        bytes(0x0F, 0x85);   // jnz
        number(begin - (code.size() + Integer.BYTES));
    }

    /** Runs what {@code body} writes unless the number before it left zero. */
    public void unlessZero(Runnable body) {
        byte[] before = code();
        code.reset();
        body.run();
        byte[] inside = code();
        code.reset();
        code.writeBytes(before);
        bytes(0x0F, 0x84);   // jz
        number(inside.length);
        code.writeBytes(inside);
    }

    // ---- vectors ----

    /** {@code to = instruction(x, y)}, by registers. Where there is one operand, it is y, and x is 0. */
    public void vector(Avx instruction, int to, int x, int y) {
        prefix(instruction, to, x, y >> 4 & 1, y >> 3 & 1);
        bytes(instruction.number, 0xC0 | (to & 7) << 3 | y & 7);
    }

    /** The same with a y in memory, of any alignment. */
    public void vector(Avx instruction, int to, int x, Place y) {
        prefix(instruction, to, x, high(y.index()), y.base().ordinal() >> 3);
        bytes(instruction.number);
        operand(to, y, !wide);   // a short offset counts vectors where these have 512 bits
    }

    /** Sets a mask, a bit for each lane, by way of another register. */
    public void mask(int register, int lanes, Register by) {
        if (by.ordinal() >= 8) {
            throw new IllegalArgumentException(by + " needs a prefix");
        }
        bytes(0xB8 | by.ordinal());   // mov
        number(lanes);
        bytes(0xC5, 0xF8, 0x92, 0xC0 | register << 3 | by.ordinal());   // kmovw
    }

    /** Lets {@code instruction} write only where a mask is set; elsewhere there are zeros, or what the instruction says. */
    public void masked(int register, boolean zeros, Runnable instruction) {
        mask = (zeros ? 1 << 7 : 0) | register;
        instruction.run();
        mask = 0;
    }

    /** Lets {@code instruction} work on the first 256 bits of wide vectors. */
    public void halved(Runnable instruction) {
        halved = true;
        instruction.run();
        halved = false;
    }

    /** What some instructions take as well, in their last byte. */
    public void immediate(int value) {
        bytes(value);
    }

    /** {@code to = from} shifted. */
    public void shift(Avx instruction, int to, int from, int bits) {
        int kind = switch (instruction) {
            case VPSRLD, VPSRLQ -> 2;
            case VPSRAD -> 4;
            case VPSLLD, VPSLLQ -> 6;
            default -> throw new IllegalArgumentException(instruction + " is not a shift");
        };
        vector(instruction, kind, to, from);
        immediate(bits);
    }

    /** A vector into memory. */
    public void store(Place to, int from) {
        prefix(Avx.VMOVUPS, from, 0, high(to.index()), to.base().ordinal() >> 3);
        bytes(Avx.VMOVUPS.number + 1);
        operand(from, to, !wide);
    }

    /** Before code that does not know of wide vectors goes on. */
    public void vzeroupper() {
        bytes(0xC5, 0xF8, 0x77);
    }

    // ---- encoding ----

    private void operate(int operation, Register to, Register from) {
        rex(to.ordinal() >> 3, 0, from.ordinal());
        bytes(operation, 0xC0 | (to.ordinal() & 7) << 3 | from.ordinal() & 7);
    }

    private void operate(int operation, Register to, Place place) {
        rex(to.ordinal() >> 3, high(place.index()), place.base().ordinal());
        bytes(operation);
        operand(to.ordinal(), place, true);
    }

    /** The prefix for 64 bits, with the high bits of a register, of an index, and of the base, which is given whole. */
    private void rex(int register, int index, int base) {
        bytes(0x48 | register << 2 | index << 1 | base >> 3);
    }

    /** The prefix VEX, or EVEX. Most of what it says is inverted. */
    private void prefix(Avx instruction, int register, int second, int x, int b) {
        int last = (~second & 15) << 3 | 1 << 2 | instruction.prefix;
        if (wide) {
            bytes(0x62, (~register >> 3 & 1) << 7 | (1 - x) << 6 | (1 - b) << 5 | (~register >> 4 & 1) << 4 | instruction.table,
                    instruction.w << 7 | last, (halved ? 1 : 2) << 5 | (~second >> 4 & 1) << 3 | mask);
        } else {
            bytes(0xC4, (~register >> 3 & 1) << 7 | (1 - x) << 6 | (1 - b) << 5 | instruction.table, last);
        }
    }

    private static int high(Register register) {
        return register == null ? 0 : register.ordinal() >> 3;
    }

    /** ModRM, SIB and offset: a register and a place. */
    private void operand(int register, Place place, boolean mayBeShort) {
        int base = place.base().ordinal() & 7, offset = place.offset();
        int size = offset == 0 && base != 5 ? 0 : mayBeShort && offset == (byte) offset ? 1 : 2;
        boolean plain = place.index() == null && base != 4;
        bytes(size << 6 | (register & 7) << 3 | (plain ? base : 4));
        if (!plain) {
            int index = place.index() == null ? 4 : place.index().ordinal() & 7;
            bytes(Integer.numberOfTrailingZeros(place.scale()) << 6 | index << 3 | base);
        }
        if (size == 1) {
            bytes(offset);
        } else if (size == 2) {
            number(offset);
        }
    }

    private void bytes(int... values) {
        for (int value : values) {
            code.write(value);
        }
    }

    private void number(int value) {
        bytes(value, value >> 8, value >> 16, value >> 24);
    }
}
