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
static struct { unsigned first, from, step, taken; } order;   // of the warp whose threads take turns
static struct { unsigned long long words[2]; unsigned exchanges; } slots[THREADS];

static unsigned next_thread() { return order.first + (order.from + order.taken++ * order.step) % WARP; }

// Gives the turn to the next of the warp, until all others of it, or of the block, have come as far.
static void meet(Stop stop) {
    const unsigned me = threadIdx.x;
    stops[me] = stop;
    if (_setjmp(turns[me])) return;
    if (!started || order.taken == WARP) _longjmp(master, 1);
    _longjmp(turns[threadIdx.x = next_thread()], 1);
}

static void thread() {
    for (;;) {
        kernel(arguments);
        meet(AT_END);
    }
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
        slots[i].exchanges = 0;
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
        order = {first, random(), 2 * random() + 1, 0};   // an odd step comes to each of 2^5 threads once
        if (!_setjmp(master)) _longjmp(turns[threadIdx.x = next_thread()], 1);
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

// Shows the warp a word, and says in which of the words of a thread to look for its: they alternate, as a thread may show its next word before
// others have looked at this one, but not the one after it.
static unsigned show(const void *mine, unsigned bytes) {
    auto &slot = slots[threadIdx.x];
    const unsigned which = slot.exchanges++ % 2;
    memcpy(&slot.words[which], mine, bytes);
    meet(WITH_WARP);
    return which;
}

// What thread number `from` of the block has.
template <class T> static T exchange(T mine, unsigned from) {
    const unsigned which = show(&mine, sizeof mine);
    T theirs;
    memcpy(&theirs, &slots[from].words[which], sizeof theirs);
    return theirs;
}
}

static void __syncthreads() { emulated::meet(emulated::WITH_BLOCK); }

template <class T> static T __shfl_down_sync(unsigned, T mine, unsigned distance, unsigned width) {
    const unsigned lane = threadIdx.x % width;
    return emulated::exchange(mine, lane + distance < width ? threadIdx.x + distance : threadIdx.x);
}

static unsigned __ballot_sync(unsigned, int vote) {
    const unsigned long long mine = vote != 0;
    const unsigned which = emulated::show(&mine, sizeof mine);
    unsigned votes = 0;
    for (unsigned lane = 0; lane < 32; lane++) votes |= unsigned(emulated::slots[threadIdx.x / 32 * 32 + lane].words[which]) << lane;
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
