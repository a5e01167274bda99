// What every generated kernel begins with: the words that loops are made of. Threads come in blocks of THREADS.

enum : unsigned { THREADS = 256, ALL_LANES = 0xFFFFFFFFu };
#define NAN_VALUE __int_as_float(0x7FC00000)
#define INFINITE __int_as_float(0x7F800000)

// A kernel's arguments: addresses and numbers. Each becomes what the function wants that it is given to.
struct Argument {
    unsigned long long word;
    template <class T> __device__ operator T *() const { return reinterpret_cast<T *>(word); }
    __device__ operator unsigned() const { return static_cast<unsigned>(word); }
};
template <int N> struct Arguments { Argument at[N]; };

// What a program keeps on the device between runs. The host reads fault, row and rows after a run.
struct State {
    unsigned long long clock, seed;
    int fault, row, rows, unused;   // fault: 0, or 1 + the number of the step that met a row outside of 0 .. rows - 1
};

// ---- memory: W elements that lie side by side, at an address that all of them together are aligned to

template <int W, class T> struct alignas(W * sizeof(T)) Pack { T at[W]; };

template <int W, class T> __device__ inline void load(T *to, const T *from) {
    const Pack<W, T> pack = *reinterpret_cast<const Pack<W, T> *>(from);
    for (int w = 0; w < W; w++) to[w] = pack.at[w];
}

template <int W, class T> __device__ inline void store(T *to, const T *from) {
    Pack<W, T> pack;
    for (int w = 0; w < W; w++) pack.at[w] = from[w];
    *reinterpret_cast<Pack<W, T> *>(to) = pack;
}

// A row that may be out of bounds: the first such one is noted, and row 0 is used instead.
__device__ inline unsigned checked(int row, int rows, State *state, int step) {
    if (row >= 0 && row < rows) return row;
    if (atomicCAS(&state->fault, 0, step + 1) == 0) {
        state->row = row;
        state->rows = rows;
    }
    return 0;
}

// ---- scalar functions, by the names of Unary and Binary

__device__ inline int wrap(unsigned x) { return static_cast<int>(x); }
__device__ inline int add(int a, int b) { return wrap(unsigned(a) + unsigned(b)); }
__device__ inline int sub(int a, int b) { return wrap(unsigned(a) - unsigned(b)); }
__device__ inline int mul(int a, int b) { return wrap(unsigned(a) * unsigned(b)); }
__device__ inline int neg(int a) { return wrap(0u - unsigned(a)); }
__device__ inline int absolute(int a) { return a < 0 ? neg(a) : a; }
__device__ inline float absolute(float x) { return fabsf(x); }
__device__ inline double absolute(double x) { return fabs(x); }

// a NaN stays a NaN
template <class T> __device__ inline T sign(T x) { return x > T(0) ? T(1) : x < T(0) ? T(-1) : x; }
template <class T> __device__ inline T least(T a, T b) { return a < b || a != a ? a : b; }
template <class T> __device__ inline T most(T a, T b) { return a > b || a != a ? a : b; }

// 1/(1+e^-x), from the side on which e^ cannot overflow
__device__ inline float sigmoid(float x) {
    float e = expf(-fabsf(x));
    return (x >= 0 ? 1.0f : e) / (1.0f + e);
}
__device__ inline double sigmoid(double x) {
    double e = exp(-fabs(x));
    return (x >= 0 ? 1.0 : e) / (1.0 + e);
}

// log(1+e^x) = max(x, 0) + log(1+e^-|x|)
__device__ inline float softplus(float x) { return most(x, 0.0f) + log1pf(expf(-fabsf(x))); }
__device__ inline double softplus(double x) { return most(x, 0.0) + log1p(exp(-fabs(x))); }

// C has 1^y = 1 and (-1)^(+-infinity) = 1; here these are NaN where y is infinite or NaN
__device__ inline bool undefined(double x, double y) { return fabs(x) == 1 && !(fabs(y) < 1.0 / 0.0); }
__device__ inline float power(float x, float y) { return undefined(x, y) ? NAN_VALUE : powf(x, y); }
__device__ inline double power(double x, double y) { return undefined(x, y) ? NAN_VALUE : pow(x, y); }

// truncated, kept within int; a NaN is 0
__device__ inline int truncated(double x) {
    return x != x ? 0 : x >= 2147483647.0 ? 2147483647 : x <= -2147483648.0 ? -2147483647 - 1 : static_cast<int>(x);
}

// ---- random numbers: Philox4x32-10 (Salmon et al. 2011), the streams of dev.joule.core.scalar.Philox

struct Words { unsigned word[4]; };

__device__ inline Words philox(const State *state, unsigned stream, unsigned block) {
    unsigned c0 = block, c1 = stream, c2 = unsigned(state->clock), c3 = unsigned(state->clock >> 32);
    unsigned k0 = unsigned(state->seed), k1 = unsigned(state->seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        unsigned long long p0 = 0xD2511F53ull * c0, p1 = 0xCD9E8D57ull * c2;
        c0 = unsigned(p1 >> 32) ^ c1 ^ k0;
        c2 = unsigned(p0 >> 32) ^ c3 ^ k1;
        c1 = unsigned(p1);
        c3 = unsigned(p0);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
}

// lane 0 to 3 without an array that is indexed at run time, which would live in memory
__device__ inline unsigned pick(const Words &words, unsigned lane) {
    unsigned low = lane & 1 ? words.word[1] : words.word[0], high = lane & 1 ? words.word[3] : words.word[2];
    return lane & 2 ? high : low;
}

__device__ inline float uniform(const Words &words, unsigned lane) { return (pick(words, lane) >> 8) * 0x1p-24f; }

__device__ inline int integer(const Words &words, unsigned lane, unsigned bound) {
    return int((unsigned long long) pick(words, lane) * bound >> 32);
}

// Box-Muller, sqrt(-2 log u) cos(2 pi (v - lane/4)). For u >= 1/2 the logarithm is that of 1 - x with x = 1 - u exact.
// The angle's word is signed, turns from -1/2 to 1/2, so that it keeps its digits near 0.
__device__ inline float normal(const Words &words, unsigned lane) {
    unsigned u = pick(words, lane & 2);
    int turn = wrap(pick(words, lane | 1) - ((lane & 1) << 30));
    float log = u >> 31 ? log1pf(-(float(~u) + 0.5f) * 0x1p-32f) : logf((float(u) + 0.5f) * 0x1p-32f);
    return sqrtf(-2.0f * log) * cospif((float(turn) + 0.5f) * 0x1p-31f);
}

__device__ inline double normal_double(const Words &words, unsigned lane) {
    double u = (double(pick(words, lane & 2)) + 0.5) * 0x1p-32;
    double turn = (double(wrap(pick(words, lane | 1) - ((lane & 1) << 30))) + 0.5) * 0x1p-31;
    return sqrt(-2.0 * log(u)) * cospi(turn);
}

// ---- reductions: always in the same order, so that results repeat to the bit

struct Sum {
    template <class T> static __device__ inline T identity() { return T(0); }
    template <class T> static __device__ inline T combine(T a, T b) { return a + b; }
};

struct Max {
    template <class T> static __device__ inline T identity();
    template <class T> static __device__ inline T combine(T a, T b) { return most(a, b); }
};
template <> __device__ inline float Max::identity<float>() { return -INFINITE; }
template <> __device__ inline double Max::identity<double>() { return -INFINITE; }
template <> __device__ inline long long Max::identity<long long>() { return -2147483648LL; }

// The total of LANES neighbouring threads, in the first of them.
template <int LANES, class R, class T> __device__ inline void across(T &total) {
    const int width = LANES < 32 ? LANES : 32;
#pragma unroll
    for (int distance = width / 2; distance > 0; distance /= 2) {
        total = R::combine(total, __shfl_down_sync(ALL_LANES, total, distance, width));
    }
    if constexpr (LANES > 32) {
        __shared__ T warps[THREADS / 32];
        const unsigned warp = threadIdx.x / 32, count = LANES / 32;
        __syncthreads();
        if (threadIdx.x % 32 == 0) warps[warp] = total;
        __syncthreads();
        if (threadIdx.x % LANES == 0) {
            for (unsigned other = 1; other < count; other++) total = R::combine(total, warps[warp + other]);
        }
    }
}

template <int LANES, class R, int COUNT, class T> __device__ inline void across(T (&totals)[COUNT]) {
#pragma unroll
    for (int i = 0; i < COUNT; i++) across<LANES, R>(totals[i]);
}

// Room for 64 bytes of each thread; whoever wants it next must let all meet first.
__device__ inline void *shared() {
    __shared__ double room[THREADS * 8];
    return room;
}

// The totals of LANES threads that are THREADS / LANES apart, in the first of them.
template <int LANES, class R, int COUNT, class T> __device__ inline void down(T (&totals)[COUNT]) {
    static_assert(COUNT * sizeof(T) <= 64, "more than the room for a thread");
    T *room = static_cast<T *>(shared());
    const unsigned apart = THREADS / LANES, lane = threadIdx.x / apart;
    __syncthreads();
#pragma unroll
    for (unsigned distance = LANES / 2; distance > 0; distance /= 2) {
        if (lane >= distance && lane < 2 * distance) {
            for (int i = 0; i < COUNT; i++) room[i * THREADS + threadIdx.x] = totals[i];
        }
        __syncthreads();
        if (lane < distance) {
            for (int i = 0; i < COUNT; i++) {
                totals[i] = R::combine(totals[i], room[i * THREADS + threadIdx.x + distance * apart]);
            }
        }
    }
}

template <int LANES, class R, class T> __device__ inline void down(T &total) {
    T one[1] = {total};
    down<LANES, R>(one);
    total = one[0];
}

// ---- products of a block's own rows: ROWS rows of a by COLUMNS columns of b, of which each lane takes a part of the DEPTH

// b's columns lie side by side
template <int ROWS, int COLUMNS, int DEPTH, int LANES, class T>
__device__ inline void columns(T (&totals)[ROWS * COLUMNS], unsigned lane, const T *a, unsigned a_row, unsigned a_depth, const T *b,
                               unsigned b_depth) {
#pragma unroll 8
    for (unsigned k = lane; k < DEPTH; k += LANES) {
        T right[COLUMNS];
        load<COLUMNS>(right, b + k * b_depth);
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            const T left = a[r * a_row + k * a_depth];
#pragma unroll
            for (int c = 0; c < COLUMNS; c++) totals[r * COLUMNS + c] = fma(left, right[c], totals[r * COLUMNS + c]);
        }
    }
}

// the depth lies side by side, W numbers of it at once, in a and in b
template <int ROWS, int COLUMNS, int W, int DEPTH, int LANES, class T>
__device__ inline void depths(T (&totals)[ROWS * COLUMNS], unsigned lane, const T *a, unsigned a_row, unsigned a_depth, const T *b,
                              unsigned b_depth, unsigned b_column) {
#pragma unroll 2
    for (unsigned k = lane * W; k < DEPTH; k += LANES * W) {
        T left[W], right[COLUMNS][W];
#pragma unroll
        for (int c = 0; c < COLUMNS; c++) load<W>(right[c], b + k * b_depth + c * b_column);
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
            load<W>(left, a + r * a_row + k * a_depth);
#pragma unroll
            for (int c = 0; c < COLUMNS; c++) {
#pragma unroll
                for (int w = 0; w < W; w++) totals[r * COLUMNS + c] = fma(left[w], right[c][w], totals[r * COLUMNS + c]);
            }
        }
    }
}

// Writes the totals of ROWS rows and W columns side by side, or adds them to what is there.
template <int ROWS, int W, bool ADD, class T> __device__ inline void keep(T *c, unsigned c_row, const T (&totals)[ROWS * W]) {
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        T row[W];
        if (ADD) load<W>(row, c + r * c_row);
        for (int w = 0; w < W; w++) row[w] = ADD ? row[w] + totals[r * W + w] : totals[r * W + w];
        store<W>(c + r * c_row, row);
    }
}

// One run more has ended.
extern "C" __global__ void tick(const Arguments<1> args) {
    State *state = args.at[0];
    if (threadIdx.x == 0) state->clock++;
}
