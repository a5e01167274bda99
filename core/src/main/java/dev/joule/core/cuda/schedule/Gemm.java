package dev.joule.core.cuda.schedule;

import java.util.ArrayList;
import java.util.List;

import dev.joule.core.DType;
import dev.joule.core.cuda.text.Arg.Element;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.MatrixLayout;
import dev.joule.core.plan.Plan;
import dev.joule.core.plan.View;

/**
 * One call of a BLAS on matrices in row-major order: c = a b, or c += a b, {@code count} times over, each time with the operands
 * {@code aStep}, {@code bStep} and {@code cStep} elements further on.
 */
public record Gemm(DType dtype, int m, int n, int k, Element a, MatrixLayout aLayout, Element b, MatrixLayout bLayout, Element c,
        int cStride, int count, long aStep, long bStep, long cStep, boolean accumulate) {

    /** The calls that a product is: one, unless its batch axes do not go on in one another. */
    static List<Gemm> of(Plan plan, MatMulStep step) {
        MatrixLayout a = MatrixLayout.of(step.a(), step.m(), step.k(), step),
                b = MatrixLayout.of(step.b(), step.k(), step.n(), step);
        int stride = MatrixLayout.ofResult(step).stride();
        int[] batch = step.batch();
        int inner = batch.length;
        long count = 1;
        while (inner > 0 && (count == 1 || goesOn(step, inner - 1, count))) {
            inner--;
            count *= batch[inner];
        }
        int last = lastLongerThanOne(batch, inner);
        List<Gemm> calls = new ArrayList<>();
        long outer = 1;
        for (int axis = 0; axis < inner; axis++) {
            outer *= batch[axis];
        }
        for (long number = 0; number < outer; number++) {
            calls.add(new Gemm(plan.slot(step.c()).dtype(), step.m(), step.n(), step.k(), element(step.a(), batch, inner, number),
                    a,
                    element(step.b(), batch, inner, number), b, element(step.c(), batch, inner, number), stride,
                    Math.toIntExact(count), step(step.a(), last), step(step.b(), last), step(step.c(), last), step.accumulate()));
        }
        return calls;
    }

    /** Whether one step along an axis is as far as all {@code count} steps along those behind it, in each operand. */
    private static boolean goesOn(MatMulStep step, int axis, long count) {
        int last = lastLongerThanOne(step.batch(), axis + 1);
        return step.batch()[axis] == 1 || List.of(step.a(), step.b(), step.c()).stream()
                .allMatch(view -> view.strides()[axis] == step(view, last) * count);
    }

    /** The innermost batch axis, from one on, that has more than one place; -1 if there is none. */
    private static int lastLongerThanOne(int[] batch, int from) {
        for (int axis = batch.length - 1; axis >= from; axis--) {
            if (batch[axis] > 1) {
                return axis;
            }
        }
        return -1;
    }

    private static long step(View view, int axis) {
        return axis < 0 ? 0 : view.strides()[axis];
    }

    private static Element element(View view, int[] batch, int axes, long number) {
        long element = view.offset();
        for (int axis = axes - 1; axis >= 0; axis--) {
            element += number % batch[axis] * view.strides()[axis];
            number /= batch[axis];
        }
        return new Element(view.slot(), element);
    }
}
