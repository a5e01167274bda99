package dev.joule.core.cpu.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.DoubleStream;

import dev.joule.core.DType;
import dev.joule.core.Devices;
import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Unary;
import org.junit.jupiter.api.Test;

/** Each scalar function in float32, over all magnitudes and at the edges, against its meaning in double. */
class FunctionsTest {
    private static final double[] EDGES = {0, -0.0, 1, -1, 0.5, -0.5, 1e-30, -1e-30, 1e30, -1e30, 88, -88, 89, -89, 104, -104,
            1e5, -1e6,
            8388609, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_NORMAL, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY,
            Double.NaN,
            0.69314718, 0.34657359, -0.34657359, 1.41421356, 0.70710678, 1.5707963, 3.1415927, 2.9999999};

    private static double[] arguments() {
        DoubleStream even = DoubleStream.iterate(-20, x -> x <= 20, x -> x + 0.0043);
        DoubleStream wide = DoubleStream.iterate(1e-20, x -> x < 1e20, x -> x * 1.013).flatMap(x -> DoubleStream.of(x, -x));
        DoubleStream near = DoubleStream.iterate(-1, x -> x <= 3, x -> x + 0.00037);
        return DoubleStream.concat(DoubleStream.concat(DoubleStream.of(EDGES), even), DoubleStream.concat(wide, near))
                .map(x -> (float) x).toArray();
    }

    @Test
    void functionsOfOneArgument() {
        double[] x = arguments();
        for (Unary op : Unary.values()) {
            double[] y = run(new Instr.Map(DType.FLOAT32, op, 0), x, x);
            double worst = 0;
            for (int i = 0; i < x.length; i++) {
                double expected = op.apply(x[i]);
                double error = error(expected, y[i]);
                assertTrue(error <= allowed(op),
                        op + "(" + x[i] + ") = " + y[i] + " instead of " + expected + ": " + error + " ulp");
                worst = Math.max(worst, error);
            }
            if (Boolean.getBoolean("joule.print")) {
                System.out.println(op + " " + worst + " ulp");
            }
        }
    }

    @Test
    void functionsOfTwoArguments() {
        double[] a = new double[EDGES.length * EDGES.length];
        double[] b = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            a[i] = (float) EDGES[i / EDGES.length];
            b[i] = (float) EDGES[i % EDGES.length];
        }
        for (Binary op : Binary.values()) {
            double[] y = run(new Instr.Zip(DType.FLOAT32, op, 0, 1), a, b);
            for (int i = 0; i < a.length; i++) {
                assertTrue(error(op.apply(a[i], b[i]), y[i]) <= 0.5001,
                        op + "(" + a[i] + ", " + b[i] + ") = " + y[i] + " instead of " + op.apply(a[i], b[i]));
            }
        }
    }

    @Test
    void drawsAreThoseOfTheReference() {
        for (Draw draw : List.of(new Draw.Uniform(), new Draw.Normal(), new Draw.Integers(10))) {
            for (long offset : new long[]{0, 1, 2, 3}) {
                DType dtype = draw instanceof Draw.Integers ? DType.INT32 : DType.FLOAT32;
                PlanCase plan = new PlanCase();
                int slot = plan.slot(dtype, new double[20_000]);
                plan.steps.add(new LoopStep(new int[]{20_000}, 1, 1,
                        List.of(new Instr.Random(dtype, draw, 7, new View(0, offset, new long[]{1}))),
                        List.of(new LoopStep.Store(0, new View(slot, 0, new long[]{1}))), List.of(), "draw"));
                plan.checkCpu(draw.toString(), draw instanceof Draw.Normal ? 2e-7 : 0);
            }
        }
    }

    /** A normal number of ulps; one half is what rounding alone costs. A subnormal result may be zero. */
    private static double allowed(Unary op) {
        return switch (op) {
            case NEG, ABS, SIGN, FLOOR, SQRT, RECIPROCAL -> 0.5001;
            case EXP, LOG, RSQRT -> 1.6;
            case EXPM1, LOG1P, SIN, COS, TANH, SIGMOID, SOFTPLUS, ERF -> 3;
            case SATURATION -> 4;
        };
    }

    private static double error(double expected, double actual) {
        if (Double.isNaN(expected) || Double.isNaN(actual) || Double.isInfinite((float) expected) || Double.isInfinite(actual)) {
            return Double.compare((float) expected, actual) == 0 ? 0 : Double.POSITIVE_INFINITY;
        }
        return Math.abs(expected - actual) <= 1.2 * Float.MIN_NORMAL ? 0
                : Math.abs(expected - actual) / Math.ulp((float) expected);
    }

    private static double[] run(Instr instr, double[] a, double[] b) {
        PlanCase plan = new PlanCase();
        View x = new View(plan.slot(DType.FLOAT32, a), 0, new long[]{1});
        View y = new View(plan.slot(DType.FLOAT32, b), 0, new long[]{1});
        View z = new View(plan.slot(DType.FLOAT32, new double[a.length]), 0, new long[]{1});
        plan.steps.add(new LoopStep(new int[]{a.length}, 1, 1,
                List.of(new Instr.Load(DType.FLOAT32, x), new Instr.Load(DType.FLOAT32, y), instr),
                List.of(new LoopStep.Store(2, z)), List.of(), instr.toString()));
        double[][] once = plan.run(Devices.cpu(1), 1);
        assertEquals(a.length, once[2].length);
        return once[2];
    }
}
