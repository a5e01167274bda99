// CUDA's words for a C++ compiler on the host. The threads of a block are coroutines on stacks of their own that take turns: each runs to
// the next place where its warp or the block meets; all of them must come there, or none. Threads, warps and blocks have their turns in another
// order each time: who relies on one that a GPU does not promise gets other results here, too.

#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <ucontext.h>

#define __device__
#define __global__
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(threads)
#define __shared__ static

static struct { unsigned x; } threadIdx, blockIdx;

namespace emulated {
const unsigned THREADS = 256, WARP = 32, WARPS = THREADS / WARP;
enum Stop { WITH_WARP, WITH_BLOCK, AT_END };   // why a thread gave its turn away
static char stacks[THREADS][1 << 15];
static jmp_buf turns[THREADS], master;
static bool started;
static Stop stops[THREADS];
static void (*kernel)(const void *);
static const void *arguments;
static unsigned long long slots[THREADS];

// Gives the turn away until all others of the warp, or of the block, have come as far.
static void meet(Stop stop) {
    const unsigned me = threadIdx.x;
    stops[me] = stop;
    if (!_setjmp(turns[me])) _longjmp(master, 1);
    threadIdx.x = me;
}

static void thread() {
    for (;;) {
        kernel(arguments);
        meet(AT_END);
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
        makecontext(&fresh, [] { meet(AT_END); thread(); }, 0);
        threadIdx.x = i;
        if (!_setjmp(master)) swapcontext(&here, &fresh);
    }
    started = true;
}

static unsigned random() {
    static unsigned state = 1;
    return (state = state * 1664525u + 1013904223u) >> 8;
}

// Takes a warp to where it waits for the block, or ends; false if not all of its threads come there.
static bool run_warp(unsigned warp) {
    const unsigned first = warp * WARP;
    do {
        const unsigned from = random(), step = 2 * random() + 1;   // an odd step comes to each of 2^5 threads once
        for (unsigned i = 0; i < WARP; i++) turn(first + (from + i * step) % WARP);
        for (unsigned i = 1; i < WARP; i++) {
            if (stops[first + i] != stops[first]) return false;
        }
    } while (stops[first] == WITH_WARP);
    return true;
}

// Takes all warps of a block to their end; false if some waited for others that had ended.
static bool run_block() {
    do {
        const unsigned from = random(), step = 2 * random() + 1;
        for (unsigned i = 0; i < WARPS; i++) {
            if (!run_warp((from + i * step) % WARPS)) return false;
        }
        for (unsigned warp = 1; warp < WARPS; warp++) {
            if (stops[warp * WARP] != stops[0]) return false;
        }
    } while (stops[0] != AT_END);
    return true;
}

// 0, or 1 if threads that had to meet did not
static int run(unsigned blocks, void (*body)(const void *), const void *with) {
    if (!started) start();
    kernel = body;
    arguments = with;
    const unsigned first = random() % (blocks + 1);
    const bool backward = random() % 2;
    for (unsigned number = 0; number < blocks; number++) {
        const unsigned block = (first + number) % blocks;
        blockIdx.x = backward ? blocks - 1 - block : block;
        if (!run_block()) {
            started = false;   // whoever waits in the middle of this kernel shall not go on in the next
            return 1;
        }
    }
    return 0;
}

// What thread number `from` of the block has.
template <class T> static T exchange(T mine, unsigned from) {
    memcpy(&slots[threadIdx.x], &mine, sizeof mine);
    meet(WITH_WARP);
    T theirs;
    memcpy(&theirs, &slots[from], sizeof theirs);
    meet(WITH_WARP);
    return theirs;
}
}

static void __syncthreads() { emulated::meet(emulated::WITH_BLOCK); }

template <class T> static T __shfl_down_sync(unsigned, T mine, unsigned distance, unsigned width) {
    const unsigned lane = threadIdx.x % width;
    return emulated::exchange(mine, lane + distance < width ? threadIdx.x + distance : threadIdx.x);
}

static unsigned __ballot_sync(unsigned, int vote) {
    emulated::slots[threadIdx.x] = vote != 0;
    emulated::meet(emulated::WITH_WARP);
    unsigned votes = 0;
    for (unsigned lane = 0; lane < 32; lane++) votes |= unsigned(emulated::slots[threadIdx.x / 32 * 32 + lane]) << lane;
    emulated::meet(emulated::WITH_WARP);
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
