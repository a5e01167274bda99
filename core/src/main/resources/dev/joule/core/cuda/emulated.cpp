// CUDA's words for a C++ compiler on the host. The threads of a block are coroutines on stacks of their own that take turns: each runs to
// the next place where threads meet. All that take part must come there, or none.

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <ucontext.h>

#define __device__
#define __global__
#define __launch_bounds__(threads)
#define __shared__ static

static struct { unsigned x; } threadIdx, blockIdx;

namespace emulated {
const unsigned THREADS = 256;
static char stacks[THREADS][1 << 15];
static jmp_buf turns[THREADS], master;
static bool started, done[THREADS];
static void (*kernel)(const void *);
static const void *arguments;
static unsigned long long slots[THREADS];

// Gives the turn away until all others have been here.
static void meet() {
    const unsigned me = threadIdx.x;
    if (!_setjmp(turns[me])) _longjmp(master, 1);
    threadIdx.x = me;
}

static void thread() {
    for (;;) {
        kernel(arguments);
        done[threadIdx.x] = true;
        meet();
    }
}

static void turn(unsigned thread_number) {
    threadIdx.x = thread_number;
    if (!_setjmp(master)) _longjmp(turns[thread_number], 1);
}

static void start() {
    for (unsigned i = 0; i < THREADS; i++) {
        ucontext_t fresh, here;
        getcontext(&fresh);
        fresh.uc_stack.ss_sp = stacks[i];
        fresh.uc_stack.ss_size = sizeof stacks[i];
        fresh.uc_link = nullptr;
        // each coroutine stops at once, before its first kernel
        makecontext(&fresh, [] { meet(); thread(); }, 0);
        threadIdx.x = i;
        if (!_setjmp(master)) swapcontext(&here, &fresh);
    }
    started = true;
}

// 0, or 1 if some threads met where others had ended
static int run(unsigned blocks, void (*body)(const void *), const void *with) {
    if (!started) start();
    kernel = body;
    arguments = with;
    for (unsigned block = 0; block < blocks; block++) {
        blockIdx.x = block;
        for (unsigned ended = 0; ended == 0;) {
            for (unsigned i = 0; i < THREADS; i++) {
                done[i] = false;
                turn(i);
                ended += done[i];
            }
            if (ended != 0 && ended != THREADS) return 1;
        }
    }
    return 0;
}

// What thread number `from` of the block has.
template <class T> static T exchange(T mine, unsigned from) {
    memcpy(&slots[threadIdx.x], &mine, sizeof mine);
    meet();
    T theirs;
    memcpy(&theirs, &slots[from], sizeof theirs);
    meet();
    return theirs;
}
}

static void __syncthreads() { emulated::meet(); }

template <class T> static T __shfl_down_sync(unsigned, T mine, unsigned distance, unsigned width) {
    const unsigned lane = threadIdx.x % width;
    return emulated::exchange(mine, lane + distance < width ? threadIdx.x + distance : threadIdx.x);
}

static unsigned __ballot_sync(unsigned, int vote) {
    emulated::slots[threadIdx.x] = vote != 0;
    emulated::meet();
    unsigned votes = 0;
    for (unsigned lane = 0; lane < 32; lane++) votes |= unsigned(emulated::slots[threadIdx.x / 32 * 32 + lane]) << lane;
    emulated::meet();
    return votes;
}

static int __ffs(unsigned word) { return __builtin_ffs(int(word)); }

static int atomicCAS(int *at, int expected, int wanted) {
    const int old = *at;
    if (old == expected) *at = wanted;
    return old;
}

static float __int_as_float(int bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float rsqrtf(float x) { return 1 / sqrtf(x); }
static double rsqrt(double x) { return 1 / sqrt(x); }
static double cospi(double x) { return cos(M_PI * fmod(x, 2)); }
static float cospif(float x) { return float(cospi(double(x))); }

#define KERNEL(name, count)                                                                   \
    extern "C" int run_##name(unsigned blocks, const unsigned long long *words) {             \
        return emulated::run(blocks, [](const void *with) {                                   \
            Arguments<count> args;                                                            \
            memcpy(&args, with, sizeof args);                                                 \
            name(args);                                                                       \
        }, words);                                                                            \
    }
