package dev.joule.core.cpu.vector;

import java.util.List;

import dev.joule.core.cpu.machine.Avx;

/** Something that the instructions of a {@link LaneProgram} take: a vector. */
sealed interface LaneValue {
    LaneValue ZERO = new Constant(0);

    /** One of the loop's operands, by its number; of which of the vectors that are computed together, if it is not the same for all. */
    record Operand(int number, int vector) implements LaneValue {
    }

    /** The same in all lanes, by its bits. */
    record Constant(int bits) implements LaneValue {
    }

    /** What is not there before the line begins. Each is one of its own, also where two are computed alike. */
    sealed interface Result extends LaneValue {
        List<LaneValue> inputs();
    }

    /** What an instruction gives. A fused multiplication and addition is a {@code VFMADD231PS} of x, y and the sum. */
    final class Computed implements Result {
        final Avx instruction;
        final int immediate;
        private final List<LaneValue> inputs;

        Computed(Avx instruction, List<LaneValue> inputs, int immediate) {
            this.instruction = instruction;
            this.inputs = inputs;
            this.immediate = immediate;
        }

        @Override
        public List<LaneValue> inputs() {
            return inputs;
        }
    }

    /** {@code yes} where a condition is true, else {@code no}. */
    final class Chosen implements Result {
        final Condition condition;
        final LaneValue yes, no;

        Chosen(Condition condition, LaneValue yes, LaneValue no) {
            this.condition = condition;
            this.yes = yes;
            this.no = no;
        }

        @Override
        public List<LaneValue> inputs() {
            return List.of(condition.x, condition.y, yes, no);
        }
    }

    /**
     * What is true in some lanes. It is not a value: whoever chooses compares right before, so that one register for masks is enough.
     *
     * @param compare an instruction that compares
     * @param how     the number that {@code VCMPPS} takes as well
     * @param isTrue  whether the condition is that the comparison holds, or that it does not
     */
    record Condition(Avx compare, int how, LaneValue x, LaneValue y, boolean isTrue) {
        /** What is added to the number of a comparison, modulo 8, for its opposite, also of NaN. */
        private static final int OPPOSITE = 4;

        static Condition of(int how, LaneValue x, LaneValue y) {
            return new Condition(Avx.VCMPPS, how, x, y, true);
        }

        static Condition of(Avx compare, LaneValue x, LaneValue y) {
            return new Condition(compare, 0, x, y, true);
        }

        Condition not() {
            return compare == Avx.VCMPPS ? new Condition(compare, how ^ OPPOSITE, x, y, isTrue)
                    : new Condition(compare, how, x, y, !isTrue);
        }
    }
}
