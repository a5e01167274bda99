package dev.joule.core.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.joule.core.DType;
import dev.joule.core.cuda.schedule.Schedule;
import dev.joule.core.cuda.text.ModuleText;
import dev.joule.core.plan.Instr;
import dev.joule.core.plan.LoopStep;
import dev.joule.core.plan.MatMulStep;
import dev.joule.core.plan.PlanCase;
import dev.joule.core.plan.RowRun;
import dev.joule.core.plan.ScatterStep;
import dev.joule.core.plan.Step;
import dev.joule.core.plan.View;
import dev.joule.core.scalar.Binary;
import dev.joule.core.scalar.Draw;
import dev.joule.core.scalar.Reducer;
import dev.joule.core.scalar.Unary;
import org.junit.jupiter.api.Test;

/** The text of a few kernels, letter by letter. */
class KernelTextTest {
    private static final DType F = DType.FLOAT32;

    private final PlanCase plan = new PlanCase();

    private View array(DType dtype, int count, long... strides) {
        return new View(plan.slot(dtype, new double[count]), 0, strides);
    }

    /** What is generated for the plan, without the prelude. */
    private String text() {
        ModuleText module = new ModuleText();
        Schedule.of(plan.plan()).kernels(module);
        return module.source().substring(ModuleText.PRELUDE.length() + 1);
    }

    private void add(Step step) {
        plan.steps.add(step);
    }

    @Test
    void fourNeighboursAreOneAccess() {
        add(new LoopStep(new int[]{30, 40}, 2, 2,
                List.of(new Instr.Load(F, array(F, 1200, 40, 1)), new Instr.Load(F, array(F, 40, 0, 1)),
                        new Instr.Zip(F, Binary.ADD, 0, 1), new Instr.Map(F, Unary.SOFTPLUS, 2)),
                List.of(new LoopStep.Store(3, array(F, 1200, 40, 1))), List.of(), "softplus [30, 40] at Mine.java:7"));
        assertEquals("""
                __device__ void f0(unsigned block, State *state, const float *p0, const float *p1, float *p2) {
                    const unsigned unit = block * THREADS + threadIdx.x;
                    if (unit >= 300) return;
                    const unsigned i1 = unit % 10 * 4;
                    const unsigned i0 = unit / 10;
                    float a0[4];
                    load<4>(a0, p0 + i0 * 40 + i1);
                    float a1[4];
                    load<4>(a1, p1 + i1);
                    float out0[4];
                    #pragma unroll
                    for (unsigned w = 0; w < 4; w++) {
                        const float v0 = a0[w];
                        const float v1 = a1[w];
                        const float v2 = v0 + v1;
                        const float v3 = softplus(v2);
                        out0[w] = v3;
                    }
                    store<4>(p2 + i0 * 40 + i1, out0);
                }

                extern "C" __global__ void __launch_bounds__(THREADS) k0(const Arguments<4> args) {
                    unsigned block = blockIdx.x;
                    // softplus [30, 40] at Mine.java:7
                    f0(block, args.at[0], args.at[1], args.at[2], args.at[3]);
                }
                """, text());
    }

    @Test
    void whatDoesNotLieRightIsReadOneByOne() {
        View shifted = new View(plan.slot(F, new double[1204]), 2, new long[]{40, 1});
        add(new LoopStep(new int[]{30, 40}, 2, 2, List.of(new Instr.Load(F, shifted), new Instr.Load(F, array(F, 1200, 40, 1)),
                new Instr.Zip(F, Binary.ADD, 0, 1)), List.of(new LoopStep.Store(2, array(F, 1200, 40, 1))), List.of(),
                "shifted"));
        String text = text();
        assertTrue(text.contains("const float v0 = p0[i0 + w];") && text.contains("load<4>(a1, p1 + i0);"),
                text);
    }

    /** 2³² elements, of which each array has but 2¹⁶. */
    @Test
    void positionsThatInt32DoesNotHoldAreWider() {
        int n = 1 << 16;
        add(new LoopStep(new int[]{n, n}, 2, 2, List.of(new Instr.Load(F, array(F, n, 0, 1))),
                List.of(new LoopStep.Store(0, array(F, n, 0, 1))), List.of(), "large"));
        assertTrue(text().contains("const unsigned long long unit = (unsigned long long) block * THREADS + threadIdx.x;"));
    }

    @Test
    void rowsAreReducedByNeighbouringLanes() {
        add(new LoopStep(new int[]{100, 64}, 1, 2, List.of(new Instr.Load(F, array(F, 6400, 64, 1))), List.of(),
                List.of(new LoopStep.Reduction(0, Reducer.MAX, array(F, 100, 1, 0))), "max[1] [100]"));
        assertEquals("""
                __device__ void f0(unsigned block, State *state, const float *p0, float *p1) {
                    const unsigned thread = block * THREADS + threadIdx.x;
                    const unsigned place = thread / 16;
                    const unsigned lane = threadIdx.x % 16;
                    const bool inside = place < 100;
                    const unsigned i0 = place;
                    float total0 = Max::identity<float>();
                    if (inside) {
                        for (unsigned unit = lane; unit < 16; unit += 16) {
                            const unsigned i1 = unit * 4;
                            float a0[4];
                            load<4>(a0, p0 + i0 * 64 + i1);
                            #pragma unroll
                            for (unsigned w = 0; w < 4; w++) {
                                const float v0 = a0[w];
                                total0 = Max::combine<float>(total0, v0);
                            }
                        }
                    }
                    across<16, Max>(total0);
                    if (inside && lane == 0) {
                        p1[i0] = total0;
                    }
                }

                extern "C" __global__ void __launch_bounds__(THREADS) k0(const Arguments<3> args) {
                    unsigned block = blockIdx.x;
                    // max[1] [100]
                    f0(block, args.at[0], args.at[1], args.at[2]);
                }
                """, text());
    }

    @Test
    void columnsOfManyRowsAreSharedByBlocksAndThenCombined() {
        add(new LoopStep(new int[]{4096, 32}, 0, 1, List.of(new Instr.Load(F, array(F, 131_072, 32, 1))), List.of(),
                List.of(new LoopStep.Reduction(0, Reducer.SUM, array(F, 32, 0, 1))), "sum[0] [32]"));
        assertEquals(
                """
                        __device__ void f0(unsigned block, State *state, const float *p0, float *p1) {
                            const unsigned place = (block / 64) * 8 + threadIdx.x % 8;
                            const unsigned lane = threadIdx.x / 8;
                            const unsigned part = block % 64;
                            const bool inside = place < 8;
                            const unsigned i1 = place * 4;
                            float total0[4] = {Sum::identity<float>(), Sum::identity<float>(), Sum::identity<float>(), Sum::identity<float>()};
                            if (inside) {
                                for (unsigned unit = part * 32 + lane; unit < 4096; unit += 2048) {
                                    const unsigned i0 = unit;
                                    float a0[4];
                                    load<4>(a0, p0 + i0 * 32 + i1);
                                    #pragma unroll
                                    for (unsigned w = 0; w < 4; w++) {
                                        const float v0 = a0[w];
                                        total0[w] = Sum::combine<float>(total0[w], v0);
                                    }
                                }
                            }
                            down<32, Sum>(total0);
                            if (inside && lane == 0) {
                                #pragma unroll
                                for (unsigned w = 0; w < 4; w++) {
                                    p1[(place * 4 + w) * 64 + part] = total0[w];
                                }
                            }
                        }

                        __device__ void f1(unsigned block, State *state, const float *p0, float *p1) {
                            const unsigned place = block * 8 + threadIdx.x / 32;
                            const unsigned lane = threadIdx.x % 32;
                            const bool inside = place < 32;
                            const unsigned i1 = place;
                            float total0 = Sum::identity<float>();
                            for (unsigned part = lane; inside && part < 64; part += 32) {
                                total0 = Sum::combine<float>(total0, p0[place * 64 + part]);
                            }
                            across<32, Sum>(total0);
                            if (inside && lane == 0) {
                                p1[i1] = total0;
                            }
                        }

                        extern "C" __global__ void __launch_bounds__(THREADS) k0(const Arguments<3> args) {
                            unsigned block = blockIdx.x;
                            // sum[0] [32]
                            f0(block, args.at[0], args.at[1], args.at[2]);
                        }

                        extern "C" __global__ void __launch_bounds__(THREADS) k1(const Arguments<3> args) {
                            unsigned block = blockIdx.x;
                            // sum[0] [32]
                            f1(block, args.at[0], args.at[1], args.at[2]);
                        }
                        """,
                text());
    }

    @Test
    void independentLoopsAreOneKernelAndEqualOnesOneFunction() {
        for (int stream = 5; stream <= 6; stream++) {
            add(new LoopStep(new int[]{4}, 1, 1,
                    List.of(new Instr.Random(DType.FLOAT64, new Draw.Uniform(), stream, array(F, 1, 1))),
                    List.of(new LoopStep.Store(0, array(DType.FLOAT64, 4, 1))), List.of(), "uniform [4]"));
        }
        assertEquals("""
                __device__ void f0(unsigned block, State *state, unsigned n0, double *p1) {
                    const unsigned unit = block * THREADS + threadIdx.x;
                    if (unit >= 2) return;
                    const unsigned i0 = unit * 2;
                    const unsigned e0 = i0;
                    const Words r0 = philox(state, n0, e0 / 4);
                    double out0[2];
                    #pragma unroll
                    for (unsigned w = 0; w < 2; w++) {
                        const double v0 = uniform(r0, e0 % 4 + w);
                        out0[w] = v0;
                    }
                    store<2>(p1 + i0, out0);
                }

                extern "C" __global__ void __launch_bounds__(THREADS) k0(const Arguments<5> args) {
                    unsigned block = blockIdx.x;
                    // uniform [4]
                    if (block < 1) return f0(block, args.at[0], args.at[1], args.at[2]);
                    block -= 1;
                    // uniform [4]
                    f0(block, args.at[0], args.at[3], args.at[4]);
                }
                """, text());
    }

    @Test
    void scatteredRowsAreLookedForByWarps() {
        add(new ScatterStep(50, 3, 7, array(DType.INT32, 50, 1), array(F, 150, 3, 1), Optional.empty(), array(F, 21, 3, 1),
                "scatterAdd [7, 3]"));
        assertEquals("""
                __device__ void f0(unsigned block, State *state, const int *p0, const float *p1, float *p2, unsigned n3) {
                    const unsigned warp = block * (THREADS / 32) + threadIdx.x / 32, lane = threadIdx.x % 32;
                    const long long row = warp / 1L, column = warp % 1L * 32 + lane;
                    const bool inside = row < 7 && column < 3;
                    float total = 0;
                    for (long long first = 0; first < 50; first += 32) {
                        int wanted = -1;
                        if (first + lane < 50) {
                            wanted = p0[0 + (first + lane) * 1];
                            checked(wanted, 7, state, n3);
                        }
                        unsigned found = __ballot_sync(ALL_LANES, wanted == row);
                        while (found != 0) {
                            const long long i = first + __ffs(found) - 1;
                            found &= found - 1;
                            if (inside) total += p1[0 + i * 3 + column * 1];
                        }
                    }
                    if (inside) p2[0 + row * 3 + column * 1] = total;
                }

                extern "C" __global__ void __launch_bounds__(THREADS) k0(const Arguments<5> args) {
                    unsigned block = blockIdx.x;
                    // scatterAdd [7, 3]
                    f0(block, args.at[0], args.at[1], args.at[2], args.at[3], args.at[4]);
                }
                """, text());
    }

    /** y = softplus(x w), and the sum of its columns: a block for each two rows, then the sum. */
    @Test
    void aRunOfRowsIsOneKernel() {
        View x = array(F, 512 * 64, 64, 1), w = array(F, 64 * 8, 8, 1), c = array(F, 512 * 8, 8, 1), y = array(F, 512 * 8, 8, 1);
        add(new MatMulStep(new int[0], 512, 8, 64, x, w, c, false, "matmul [512, 8] at Mine.java:7"));
        add(new LoopStep(new int[]{512, 8}, 0, 1, List.of(new Instr.Load(F, c), new Instr.Map(F, Unary.SOFTPLUS, 0)),
                List.of(new LoopStep.Store(1, y)), List.of(new LoopStep.Reduction(1, Reducer.SUM, array(F, 8, 0, 1))),
                "softplus [512, 8] at Mine.java:8"));
        plan.runs.add(new RowRun(0, 512, List.of(0, 0)));
        String text = text();
        assertEquals(
                """
                        __device__ __noinline__ void f0(unsigned block, unsigned row, State *state, const float *p0, const float *p1, float *p2) {
                            const unsigned spot = block * 16 + threadIdx.x % 16;
                            const unsigned lane = threadIdx.x / 16;
                            const bool inside = spot < 4;
                            const unsigned i1 = spot % 2;
                            const unsigned i0 = spot / 2;
                            float totals[4] = {};
                            if (inside) columns<1, 4, 64, 16>(totals, lane, p0 + row * 64 + i0 * 64, 64, 1, p1 + i1 * 4, 8);
                            down<16, Sum>(totals);
                            if (inside && lane == 0) keep<1, 4, false>(p2 + row * 8 + i0 * 8 + i1 * 4, 8, totals);
                        }

                        __device__ __noinline__ void f1(unsigned block, unsigned row, State *state, const float *p0, float *p1) {
                            const unsigned unit = block * THREADS + threadIdx.x;
                            if (unit >= 16) return;
                            const unsigned i0 = unit;
                            const float v0 = p0[row * 8 + i0];
                            const float v1 = softplus(v0);
                            p1[row * 8 + i0] = v1;
                        }

                        """,
                text.substring(0, text.indexOf("__device__ void f2")));
        assertTrue(text.contains("""
                extern "C" __global__ void __launch_bounds__(THREADS) k0(const Arguments<5> args) {
                    const unsigned row = blockIdx.x * 2;
                    // matmul [512, 8] at Mine.java:7
                    f0(0, row, args.at[0], args.at[1], args.at[2], args.at[3]);
                    __syncthreads();
                    // softplus [512, 8] at Mine.java:8
                    f1(0, row, args.at[0], args.at[3], args.at[4]);
                }
                """), text);
    }

    /** How many columns a thread takes at once of c = a w, or how many numbers of the depth where w's lie side by side; c is read behind it. */
    private int atOnce(boolean deep, int[] batch, int n, int k, View a, View w, View c) {
        plan.steps.clear();
        plan.runs.clear();
        add(new MatMulStep(batch, batch.length > 0 ? 8 : 64, n, k, a, w, c, false, "matmul"));
        add(new LoopStep(new int[]{64}, 1, 1,
                List.of(new Instr.Load(F, new View(c.slot(), c.offset(), new long[]{c.strides()[0]}))),
                List.of(new LoopStep.Store(0, array(F, 64, 1))), List.of(), "first column"));
        plan.runs.add(new RowRun(0, 64, List.of(0, 0)));
        String text = text();
        Matcher found = Pattern.compile(deep ? "depths<\\d+, \\d+, (\\d+)" : "columns<\\d+, (\\d+)").matcher(text);
        assertTrue(found.find(), text);
        return Integer.parseInt(found.group(1));
    }

    private View at(long offset, long... strides) {
        return new View(plan.slot(F, new double[100_000]), offset, strides);
    }

    /** 16 bytes may be loaded at once where they begin at a multiple of 16. */
    @Test
    void aProductLoadsAtOnceWhatLiesRight() {
        int[] none = {};
        assertEquals(4, atOnce(false, none, 8, 64, at(0, 64, 1), at(0, 8, 1), at(0, 8, 1)));
        assertEquals(4, atOnce(false, none, 8, 64, at(3, 67, 1), at(4, 12, 1), at(8, 20, 1)));
        assertEquals(2, atOnce(false, none, 8, 64, at(0, 64, 1), at(2, 8, 1), at(0, 8, 1)), "offset of w");
        assertEquals(1, atOnce(false, none, 8, 64, at(0, 64, 1), at(0, 9, 1), at(0, 8, 1)), "rows of w");
        assertEquals(2, atOnce(false, none, 8, 64, at(0, 64, 1), at(0, 8, 1), at(6, 8, 1)), "offset of c");
        assertEquals(2, atOnce(false, none, 8, 64, at(0, 64, 1), at(0, 8, 1), at(0, 10, 1)), "rows of c");
        assertEquals(1, atOnce(false, new int[]{64}, 8, 64, at(0, 512, 64, 1), at(0, 513, 8, 1), at(0, 64, 8, 1)),
                "matrices of w");
        assertEquals(4, atOnce(true, none, 8, 64, at(0, 64, 1), at(0, 1, 64), at(0, 8, 1)));
        assertEquals(4, atOnce(true, none, 8, 64, at(4, 68, 1), at(8, 1, 72), at(1, 9, 1)));
        assertEquals(1, atOnce(true, none, 8, 64, at(1, 64, 1), at(0, 1, 64), at(0, 8, 1)), "offset of a");
        assertEquals(2, atOnce(true, none, 8, 64, at(0, 66, 1), at(0, 1, 64), at(0, 8, 1)), "rows of a");
        assertEquals(1, atOnce(true, none, 8, 64, at(0, 1, 64), at(0, 1, 64), at(0, 8, 1)), "a transposed");
        assertEquals(1, atOnce(true, none, 8, 64, at(0, 64, 1), at(0, 1, 65), at(0, 8, 1)), "columns of w");
        assertEquals(4, atOnce(true, none, 1, 64, at(0, 64, 1), at(0, 1, 1), at(0, 1, 1)));
        assertEquals(1, atOnce(true, none, 1, 64, at(0, 64, 1), at(0, 8, 1), at(0, 1, 1)), "a column of w");
        assertEquals(2, atOnce(true, none, 8, 66, at(0, 68, 1), at(0, 1, 68), at(0, 8, 1)), "depth");
        assertEquals(2, atOnce(false, none, 6, 64, at(0, 64, 1), at(0, 8, 1), at(0, 8, 1)), "columns");
    }

    /** Rows of 2,049 numbers begin anywhere. */
    @Test
    void rowsThatDoNotLieRightAreReadOneByOne() {
        View x = array(F, 64 * 2049, 2049, 1), y = array(F, 64 * 2049, 2049, 1), z = array(F, 64 * 2049, 2049, 1);
        for (View[] pair : new View[][]{{x, y}, {y, z}}) {
            add(new LoopStep(new int[]{64, 2048}, 2, 2, List.of(new Instr.Load(F, pair[0])),
                    List.of(new LoopStep.Store(0, pair[1])), List.of(), "copy"));
        }
        plan.runs.add(new RowRun(0, 64, List.of(0, 0)));
        assertTrue(text().contains("p0[row * 2049 + i0]"), text());
    }
}
