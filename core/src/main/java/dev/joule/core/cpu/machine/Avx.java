package dev.joule.core.cpu.machine;

/** Instructions on vectors, as the manual's tables number them. Most take two operands, the second of which may be in memory. */
public enum Avx {
    VMOVUPS(0, 1, 0x10), VADDPS(0, 1, 0x58), VSUBPS(0, 1, 0x5C), VMULPS(0, 1, 0x59), VDIVPS(0, 1, 0x5E), VMINPS(0, 1, 0x5D),
    VMAXPS(0, 1, 0x5F), VSQRTPS(0, 1, 0x51), VANDPS(0, 1, 0x54), VORPS(0, 1, 0x56), VXORPS(0, 1, 0x57),
    VCVTDQ2PS(0, 1, 0x5B), VCVTTPS2DQ(2, 1, 0x5B),
    /**
     * Comparisons, the first with a number that says how. All bits of a lane are set where it holds; with vectors of 512 bits, the lane's bit
     * in a register for masks, which the number of the result is then.
     */
    VCMPPS(0, 1, 0xC2), VPCMPGTD(1, 1, 0x66), VPCMPEQD(1, 1, 0x76),
    /** With the register of a mask, times 16: the second operand where the mask's sign is set, else the first. For 256 bits. */
    VBLENDVPS(1, 3, 0x4A),
    /** {@linkplain Assembler#masked Masked}: the second operand where the mask is set, else the first. For 512 bits. */
    VBLENDMPS(1, 2, 0x65),
    VPADDD(1, 1, 0xFE), VPSUBD(1, 1, 0xFA), VPMULLD(1, 2, 0x40), VPAND(1, 1, 0xDB), VPXOR(1, 1, 0xEF),
    /** Shifts, with a number of bits. What stands for the result in other instructions is 6, 2 and 4 here. */
    VPSLLD(1, 1, 0x72), VPSRLD(1, 1, 0x72), VPSRAD(1, 1, 0x72),
    VBROADCASTSS(1, 2, 0x18),
    /** Of lanes of 64 bits. The product is that of the lower halves. */
    VPADDQ(1, 1, 0xD4, 1), VPMULUDQ(1, 1, 0xF4, 1), VPSLLQ(1, 1, 0x73, 1), VPSRLQ(1, 1, 0x73, 1), VPBROADCASTQ(1, 2, 0x59, 1),
    /** result = x result + y; result += x y. */
    VFMADD213PS(1, 2, 0xA8), VFMADD231PS(1, 2, 0xB8);

    /** None, 66, F3 or F2 in hexadecimal digits. */
    final int prefix;
    /** 0F, 0F 38 or 0F 3A in hexadecimal digits. */
    final int table;
    final int number;
    /** What the prefix EVEX says of lanes: 1 if they have 64 bits. */
    final int w;

    Avx(int prefix, int table, int number) {
        this(prefix, table, number, 0);
    }

    Avx(int prefix, int table, int number, int w) {
        this.prefix = prefix;
        this.table = table;
        this.number = number;
        this.w = w;
    }
}
