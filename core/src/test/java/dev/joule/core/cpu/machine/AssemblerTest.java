package dev.joule.core.cpu.machine;

import static dev.joule.core.cpu.machine.Register.R10;
import static dev.joule.core.cpu.machine.Register.R11;
import static dev.joule.core.cpu.machine.Register.R12;
import static dev.joule.core.cpu.machine.Register.R13;
import static dev.joule.core.cpu.machine.Register.R14;
import static dev.joule.core.cpu.machine.Register.R15;
import static dev.joule.core.cpu.machine.Register.R9;
import static dev.joule.core.cpu.machine.Register.RAX;
import static dev.joule.core.cpu.machine.Register.RBP;
import static dev.joule.core.cpu.machine.Register.RBX;
import static dev.joule.core.cpu.machine.Register.RCX;
import static dev.joule.core.cpu.machine.Register.RDI;
import static dev.joule.core.cpu.machine.Register.RDX;
import static dev.joule.core.cpu.machine.Register.RSP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;

/** What the GNU assembler makes of the same instructions: also of those that this machine cannot run. */
class AssemblerTest {
    @Test
    void encodesVectorsOf256Bits() {
        expect("c4 e1 7c 10 00", 32, code -> code.vector(Avx.VMOVUPS, 0, 0, RAX.at(0)));
        expect("c4 61 7c 11 4d 00", 32, code -> code.store(RBP.at(0), 9));
        expect("c4 41 7c 10 85 00 03 00 00", 32, code -> code.vector(Avx.VMOVUPS, 8, 0, R13.at(0x300)));
        expect("c4 a2 7d 18 7c 4b 04", 32, code -> code.vector(Avx.VBROADCASTSS, 7, 0, RBX.at(R9, 2, 4)));
        expect("c4 c2 0d b8 dd", 32, code -> code.vector(Avx.VFMADD231PS, 3, 14, 13));
        expect("c4 41 1d ef e4", 32, code -> code.vector(Avx.VPXOR, 12, 12, 12));
        expect("c4 c2 0d 40 dd", 32, code -> code.vector(Avx.VPMULLD, 3, 14, 13));
        expect("c4 c1 0d f4 dd", 32, code -> code.vector(Avx.VPMULUDQ, 3, 14, 13));
        expect("c4 61 6d d4 48 40", 32, code -> code.vector(Avx.VPADDQ, 9, 2, RAX.at(0x40)));
        expect("c4 c1 35 73 d4 20", 32, code -> code.shift(Avx.VPSRLQ, 9, 12, 32));
        expect("c4 62 7d 59 47 18", 32, code -> code.vector(Avx.VPBROADCASTQ, 8, 0, RDI.at(0x18)));
    }

    @Test
    void encodesVectorsOf512Bits() {
        expect("62 f1 7c 48 10 00", 64, code -> code.vector(Avx.VMOVUPS, 0, 0, RAX.at(0)));
        expect("62 01 7c 48 11 bc b4 45 23 01 00", 64, code -> code.store(R12.at(R14, 4, 0x12345), 31));
        expect("62 e2 7d 48 18 24 0a", 64, code -> code.vector(Avx.VBROADCASTSS, 20, 0, RDX.at(RCX, 1, 0)));
        expect("62 32 1d 40 b8 c9", 64, code -> code.vector(Avx.VFMADD231PS, 9, 28, 17));
        expect("62 a1 6d 40 ef d2", 64, code -> code.vector(Avx.VPXOR, 18, 18, 18));
        expect("62 32 1d 40 40 c9", 64, code -> code.vector(Avx.VPMULLD, 9, 28, 17));
        expect("62 31 9d 40 f4 c9", 64, code -> code.vector(Avx.VPMULUDQ, 9, 28, 17));
        expect("62 71 ed 48 d4 88 40 23 01 00", 64, code -> code.vector(Avx.VPADDQ, 9, 2, RAX.at(0x12340)));
        expect("62 f1 dd 40 73 f3 20", 64, code -> code.shift(Avx.VPSLLQ, 20, 3, 32));
        expect("62 72 fd 48 59 07", 64, code -> code.vector(Avx.VPBROADCASTQ, 8, 0, RDI.at(0)));
    }

    @Test
    void encodesMasks() {
        expect("62 72 5d 41 65 cd", 64, code -> code.masked(1, false, () -> code.vector(Avx.VBLENDMPS, 9, 20, 5)));
        expect("62 e1 7c c9 10 cb", 64, code -> code.masked(1, true, () -> code.vector(Avx.VMOVUPS, 17, 0, 3)));
        expect("b8 07 00 00 00 c5 f8 92 c8", 64, code -> code.mask(1, 7, RAX));
        expect("b9 ff 7f 00 00 c5 f8 92 d1", 64, code -> code.mask(2, 0x7FFF, RCX));
        assertThrows(IllegalArgumentException.class, () -> new Assembler(64).mask(1, 7, R9));
        expect("62 e1 7c a9 10 00", 64, code -> code.halved(() -> code.masked(1, true,
                () -> code.vector(Avx.VMOVUPS, 16, 0, RAX.at(0)))));
        expect("62 01 7c 49 11 b4 b4 45 23 01 00", 64, code -> code.masked(1, false,
                () -> code.store(R12.at(R14, 4, 0x12345), 30)));
        expect("62 f1 6c 40 c2 ca 11", 64, code -> {
            code.vector(Avx.VCMPPS, 1, 18, 2);
            code.immediate(17);
        });
        expect("62 f1 6d 40 66 08", 64, code -> code.vector(Avx.VPCMPGTD, 1, 18, RAX.at(0)));
    }

    @Test
    void encodesHalvesOfVectorsOf512Bits() {
        expect("62 32 1d 20 b8 c9", 64, code -> code.halved(() -> code.vector(Avx.VFMADD231PS, 9, 28, 17)));
        expect("62 e1 7c 28 10 00", 64, code -> code.halved(() -> code.vector(Avx.VMOVUPS, 16, 0, RAX.at(0))));
        expect("62 01 7c 28 11 b4 b4 45 23 01 00", 64, code -> code.halved(() -> code.store(R12.at(R14, 4, 0x12345), 30)));
        expect("62 f1 7c 28 10 00 62 f1 7c 48 10 00", 64, code -> {
            code.halved(() -> code.vector(Avx.VMOVUPS, 0, 0, RAX.at(0)));
            code.vector(Avx.VMOVUPS, 0, 0, RAX.at(0));
        });
    }

    @Test
    void encodesNumbers() {
        expect("4c 8b e2", 32, code -> code.mov(R12, RDX));
        expect("4c 8b 54 24 28", 32, code -> code.mov(R10, RSP.at(0x28)));
        expect("49 03 c3", 32, code -> code.add(RAX, R11));
        expect("4f 8d 34 4e", 32, code -> code.lea(R14, R14.at(R9, 2, 0)));
        expect("4c 8d ab 00 f0 ff ff", 32, code -> code.lea(R13, RBX.at(-0x1000)));
        expect("48 c1 e8 02", 32, code -> code.shr(RAX, 2));
        expect("49 83 e7 03", 32, code -> code.and(R15, 3));
        expect("48 ff cf", 32, code -> code.dec(RDI));
        expect("41 54 40 5b c3", 32, code -> {
            code.push(R12);
            code.pop(RBX);
            code.ret();
        });
    }

    /** A jump's distance counts from behind the jump. */
    @Test
    void jumps() {
        expect("48 ff cf 0f 85 f7 ff ff ff", 32, code -> code.repeatUntilZero(() -> code.dec(RDI)));
        expect("c5 f8 77 0f 84 03 00 00 00 48 ff cf", 32, code -> {
            code.vzeroupper();
            code.unlessZero(() -> code.dec(RDI));
        });
    }

    @Test
    void knowsTwoSizesOfVectors() {
        assertThrows(IllegalArgumentException.class, () -> new Assembler(16));
    }

    private static void expect(String bytes, int vectorBytes, Consumer<Assembler> written) {
        Assembler assembler = new Assembler(vectorBytes);
        written.accept(assembler);
        assertEquals(bytes, HexFormat.ofDelimiter(" ").formatHex(assembler.code()));
    }
}
