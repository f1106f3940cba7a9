/* RNN, GRU and LSTM along time, forward and backward, in one thread or more.

       forward    a_t = b + W_x x_t + W_h h_{t-1},   h_t = cell(a_t)
       backward   dh_{t-1} += W_h^T da_t,            da_t = cell'(dh_t)
                  dW_x = sum da_t x_t^T,  dW_h = sum da_t h_{t-1}^T,  ...

   What does not wait for the step before is taken over a chunk of steps at a
   time: W_x x before it, and after it the sums. A chunk fits in the cache, so
   all that one of its parts writes the next finds near. Every product, of one
   step or of a chunk, is `multiply`.

   Sequences are rows. In the time loop each thread has its own, and waits for
   no other; between the parts of a chunk all wait.

   Reals are floats, or doubles where DOUBLE is defined. Without -ffast-math:
   NaN and infinity go through as they should. */

#include <stdint.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#ifdef DOUBLE
typedef double real;
typedef uint64_t bits;
#define MANTISSA 52
#define BIAS 1023
#define FLAT 20   /* tanh x is 1 from here on */
#define STEEP 700 /* e^x is a number up to here */
#else
typedef float real;
typedef uint32_t bits;
#define MANTISSA 23
#define BIAS 127
#define FLAT 10
#define STEEP 87
#endif

#if defined(__AVX512F__)
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
#if defined(__AVX512F__) || defined(__aarch64__) /* 32 registers, not 16 */
#define ROWS 6
#else
#define ROWS 3
#endif
#define LANES ((long)(BYTES / sizeof(real)))
#define DEPTH 128 /* rows of a panel that stay in the nearest cache */

typedef real vector __attribute__((vector_size(BYTES)));
typedef real anywhere
    __attribute__((vector_size(BYTES), aligned(sizeof(real))));

enum { TANH, RELU, GRU, LSTM };

#define INLINE static inline __attribute__((always_inline))

INLINE long least(long a, long b) { return a < b ? a : b; }

/* ---- Threads ------------------------------------------------------------ */

typedef struct {
    long first, count;
} part;

/* Of so many, those of this thread. */
static part mine(long all)
{
    long threads = 1, me = 0;
#ifdef _OPENMP
    threads = omp_get_num_threads();
    me = omp_get_thread_num();
#endif
    long first = all * me / threads;
    return (part){first, all * (me + 1) / threads - first};
}

#define EVERY_THREAD \
    _Pragma("omp parallel num_threads(threads) if (threads > 1)")
#define WAIT _Pragma("omp barrier")

/* ---- The product C = C_0 + A B ------------------------------------------ */

/* B (K, M) lies in panels of 4, 2 or 1 vectors of columns; so many next. */
INLINE long panel(long columns)
{
    return columns > 3 * LANES ? 4 : columns > LANES ? 2 : 1;
}

static long padded(long M) { return (M + LANES - 1) / LANES * LANES; }

/* Columns m, m + 1, ... of B, from W[k * row + m * column]. */
INLINE void pack_panel(long K, long wide, long full, const real *W, long row,
                       long column, real *B)
{
    for (long from = 0; from < K; from += LANES) {
        long end = least(from + LANES, K);
        for (long u = 0; u < full; u++)
            for (long k = from; k < end; k++)
                B[k * wide + u] = W[k * row + u * column];
        for (long u = full; u < wide; u++)
            for (long k = from; k < end; k++)
                B[k * wide + u] = 0;
    }
}

/* All of B; each thread packs its own panels. */
static void pack(long K, long M, const real *W, long row, long column, real *B)
{
    part own = mine((M + 4 * LANES - 1) / (4 * LANES));
    long m = own.first * 4 * LANES, end = least(M, m + own.count * 4 * LANES);
    for (long wide; m < end; m += wide) {
        wide = panel(M - m) * LANES;
        long full = least(wide, M - m);
        const real *from = W + m * column;
        real *to = B + m * K;
        if (column != 1)
            pack_panel(K, wide, full, from, row, column, to);
        else
            for (long k = 0; k < K; k++, to += wide) {
                memcpy(to, from + k * row, full * sizeof(real));
                memset(to + full, 0, (wide - full) * sizeof(real));
            }
    }
}

INLINE vector load(const real *from, long lanes)
{
    vector x = {0};
    if (lanes == LANES)
        return *(const anywhere *)from;
    for (long u = 0; u < lanes; u++)
        x[u] = from[u];
    return x;
}

INLINE void store(real *to, vector x, long lanes)
{
    if (lanes == LANES)
        *(anywhere *)to = x;
    else
        for (long u = 0; u < lanes; u++)
            to[u] = x[u];
}

/* A (., K) has its element (r, k) at `at[r * row + k * column]`; C_0 has the
   same rows as C, or a single one (row 0), or is 0 (NULL). */
typedef struct {
    const real *at;
    long row, column;
} matrix;

/* --8<-- [start:tile] */
/* R rows and V vectors of the product stay in registers while k runs. */
INLINE void tile(const int R, const int V, long K, matrix A, const real *B,
                 matrix C_0, real *C, long row, long last)
{
    vector sum[ROWS][4] = {0};
    for (int r = 0; r < R; r++)
        for (int v = 0; v < V; v++)
            __builtin_prefetch(C + r * row + v * LANES, 1);
    for (long k = 0; k < K; k++, B += V * LANES)
        for (int r = 0; r < R; r++)
            for (int v = 0; v < V; v++)
                sum[r][v] += A.at[r * A.row + k * A.column] *
                             ((const vector *)B)[v];
    for (int r = 0; r < R; r++)
        for (int v = 0; v < V; v++) {
            long lanes = v < V - 1 ? LANES : last, m = v * LANES;
            if (C_0.at)
                sum[r][v] += load(C_0.at + r * C_0.row + m, lanes);
            store(C + r * row + m, sum[r][v], lanes);
        }
}
/* --8<-- [end:tile] */

INLINE void any_tile(long R, long V, long K, matrix A, const real *B,
                     matrix C_0, real *C, long row, long last)
{
#define TILE(R, V) \
    case 8 * R + V: tile(R, V, K, A, B, C_0, C, row, last); break;
#define TILES(R) TILE(R, 1) TILE(R, 2) TILE(R, 4)
    switch (8 * R + V) {
        TILES(1) TILES(2) TILES(3)
#if ROWS > 3
        TILES(4) TILES(5) TILES(6)
#endif
    }
}

/* C (rows, M) = C_0 + A B. A panel's next DEPTH rows meet all of A's before
   others come; each piece is summed from 0, which loses fewer digits. */
static void multiply(long rows, long K, long M, matrix A, const real *B,
                     matrix C_0, real *C, long row)
{
    long groups = (rows + ROWS - 1) / ROWS;
    for (long m = 0, V; m < M; m += V * LANES) {
        long last = least(LANES, M - m - ((V = panel(M - m)) - 1) * LANES);
        long k = 0;
        do
            for (long g = 0, r = 0, R; g < groups; g++, r += R) {
                R = (rows - r) / (groups - g);
                matrix of_A = A, of_C = k ? (matrix){C, row, 1} : C_0;
                of_A.at += r * A.row + k * A.column;
                if (of_C.at)
                    of_C.at += r * of_C.row + m;
                any_tile(R, V, least(DEPTH, K - k), of_A,
                         B + m * K + k * V * LANES, of_C, C + r * row + m, row,
                         last);
            }
        while ((k += DEPTH) < K);
    }
}

/* ---- The functions of the cells ---------------------------------------- */

INLINE real within(real x, real limit) /* NaN stays NaN */
{
    x = x > limit ? limit : x;
    return x < -limit ? -limit : x;
}

/* e^x - 1 = 2^n (e^r - 1) + 2^n - 1, where x = n ln 2 + r, |r| <= ln 2 / 2,
   and e^r - 1 = r + r^2 / 2! + r^3 / 3! + ... */
INLINE real e_minus_1(real x)
{
    const real magic = ((bits)3 << (MANTISSA - 1)) + BIAS;
    real shifted = x * (real)1.4426950408889634 + magic; /* its last bits: n */
    real n = shifted - magic;
    real r = x - n * (real)0.693359375 + n * (real)2.12194440054690583e-4;
    real sum = 0, power;
    bits exponent;
#ifdef DOUBLE
    sum = sum * r + 1. / 6227020800;
    sum = sum * r + 1. / 479001600;
    sum = sum * r + 1. / 39916800;
    sum = sum * r + 1. / 3628800;
    sum = sum * r + 1. / 362880;
    sum = sum * r + 1. / 40320;
#endif
    sum = sum * r + (real)(1. / 5040);
    sum = sum * r + (real)(1. / 720);
    sum = sum * r + (real)(1. / 120);
    sum = sum * r + (real)(1. / 24);
    sum = sum * r + (real)(1. / 6);
    sum = sum * r + (real)(1. / 2);
    sum = sum * r * r + r;
    memcpy(&exponent, &shifted, sizeof exponent);
    exponent <<= MANTISSA;
    memcpy(&power, &exponent, sizeof power); /* 2^n */
    return power * sum + (power - 1);
}

INLINE real sigmoid(real x)
{
    return 1 / (2 + e_minus_1(within(-x, STEEP)));
}

INLINE real hyperbolic(real x) /* tanh */
{
    real e = e_minus_1(within(2 * x, 2 * FLAT));
    return e / (e + 2);
}

/* ---- The cells, for the H units of one row ------------------------------ */

#define EACH_UNIT _Pragma("omp simd") for (long u = 0; u < H; u++)

static void simple_cell(int kind, long H, real *h)
{
    if (kind == TANH)
        EACH_UNIT h[u] = hyperbolic(h[u]);
    else
        EACH_UNIT h[u] = h[u] < 0 ? 0 : h[u]; /* NaN stays NaN */
}

/* phi' is known from h = phi(a): 1 - h^2, or 1 where h > 0. */
static void simple_back(int kind, long H, const real *h, const real *dout,
                        real *dh, real *da)
{
    EACH_UNIT {
        real slope = kind == TANH ? 1 - h[u] * h[u] : !(h[u] <= 0);
        da[u] = slope * (dh[u] + dout[u]);
        dh[u] = 0;
    }
}

/* h_t = z h_{t-1} + (1 - z) n, with n = tanh(a_n + r m). */
static void gru_cell(long H, real *a, const real *before, real *h)
{
    real *r = a, *z = a + H, *m = a + 2 * H, *n = a + 3 * H;
    EACH_UNIT {
        r[u] = sigmoid(r[u]);
        z[u] = sigmoid(z[u]);
        n[u] = hyperbolic(n[u] + r[u] * m[u]);
        h[u] = n[u] + z[u] * (before[u] - n[u]);
    }
}

static void gru_back(long H, const real *a, const real *before,
                     const real *dout, real *dh, real *da)
{
    const real *r_ = a, *z_ = a + H, *m_ = a + 2 * H, *n_ = a + 3 * H;
    EACH_UNIT {
        real r = r_[u], z = z_[u], m = m_[u], n = n_[u], d = dh[u] + dout[u];
        real da_n = d * (1 - z) * (1 - n * n);
        da[u] = da_n * m * r * (1 - r);
        da[H + u] = d * (before[u] - n) * z * (1 - z);
        da[2 * H + u] = da_n * r; /* dm */
        da[3 * H + u] = da_n;
        dh[u] = d * z;
    }
}

/* c_t = f c_{t-1} + i g, h_t = o tanh(c_t). */
static void lstm_cell(long H, real *a, const real *before, real *c, real *h)
{
    real *i = a, *f = a + H, *g = a + 2 * H, *o = a + 3 * H;
    EACH_UNIT {
        i[u] = sigmoid(i[u]);
        f[u] = sigmoid(f[u]);
        g[u] = hyperbolic(g[u]);
        o[u] = sigmoid(o[u]);
        c[u] = f[u] * before[u] + i[u] * g[u];
        h[u] = o[u] * hyperbolic(c[u]);
    }
}

static void lstm_back(long H, const real *a, const real *before, const real *c,
                      const real *dout, real *dh, real *dc, real *da)
{
    const real *i_ = a, *f_ = a + H, *g_ = a + 2 * H, *o_ = a + 3 * H;
    EACH_UNIT {
        real i = i_[u], f = f_[u], g = g_[u], o = o_[u];
        real shown = hyperbolic(c[u]), d = dh[u] + dout[u];
        real d_c = dc[u] + d * o * (1 - shown * shown);
        da[u] = d_c * g * i * (1 - i);
        da[H + u] = d_c * before[u] * f * (1 - f);
        da[2 * H + u] = d_c * i * (1 - g * g);
        da[3 * H + u] = d * shown * o * (1 - o);
        dc[u] = d_c * f;
        dh[u] = 0;
    }
}

/* ---- Time --------------------------------------------------------------- */

static long width(int kind) { return kind == GRU || kind == LSTM ? 4 : 1; }
static long fed(int kind) { return kind == GRU ? 3 : width(kind); }

/* Where the blocks of x lie: of a GRU's r z m n, the last is not beside. */
static long beside(int kind) { return kind == GRU ? 2 : width(kind); }

typedef struct {
    real *W_x, *W_n, *W_h, *x, *h, *da, *b;
} scratch;

/* Room from the start of a space; 0 while it is only counted. */
typedef struct {
    real *start;
    long taken;
} space;

static real *cut(space *all, long numbers)
{
    real *here = all->start ? all->start + all->taken : 0;
    all->taken += padded(numbers);
    return here;
}

/* What both ways need besides their results. */
static scratch cut_all(int kind, long rows, long D, long H, space *all)
{
    scratch s;
    long K = width(kind) * H;
    s.b = cut(all, K);
    s.W_h = cut(all, fed(kind) * padded(H) * padded(H));
    s.W_x = cut(all, fed(kind) * padded(H) * padded(D));
    s.W_n = kind == GRU ? cut(all, padded(H) * padded(D)) : 0;
    s.x = cut(all, rows * padded(D));
    s.h = cut(all, rows * padded(H));
    s.da = cut(all, rows * (K + LANES));
    return s;
}

long room(int kind, long rows, long D, long H)
{
    space none = {0};
    cut_all(kind, rows, D, H, &none);
    return none.taken;
}

/* b_x + b_h; of a GRU's m and n, one alone. */
static void biases(int kind, long H, const real *b_x, const real *b_h, real *b)
{
    for (long u = 0; u < width(kind) * H; u++)
        if (kind == GRU && u >= 2 * H)
            b[u] = u < 3 * H ? b_h[u] : b_x[u - H];
        else
            b[u] = b_x[u] + b_h[u];
}

/* x (T, N, D); h and c (T + 1, N, H), the first being h_0 and c_0; a
   (T, N, 4 H) is r z m n or i f g o. Unless they are kept, a is of one chunk,
   and c of one step. A simple cell's a is h. */
void forward(int kind, long T, long N, long D, long H, long chunk, int threads,
             int kept, const real *x, const real *W_x, const real *W_h,
             const real *b_x, const real *b_h, const real *h_0,
             const real *c_0, real *h, real *a, real *c, real *lent)
{
    long K = width(kind) * H, step = N * H, x_K = beside(kind) * H;
    space all = {lent, 0};
    scratch s = cut_all(kind, chunk * N, D, H, &all);
    if (width(kind) == 1)
        a = h + step;
    biases(kind, H, b_x, b_h, s.b);
    memcpy(h, h_0, step * sizeof(real));
    if (kind == LSTM)
        memcpy(c, c_0, step * sizeof(real));
    EVERY_THREAD
    {
        pack(D, x_K, W_x, 1, D, s.W_x);
        if (kind == GRU)
            pack(D, H, W_x + 2 * H * D, 1, D, s.W_n);
        pack(H, fed(kind) * H, W_h, 1, H, s.W_h);
        WAIT
        for (long from = 0; from < T; from += chunk) {
            long steps = least(chunk, T - from);
            real *a_0 = a + (kept || width(kind) == 1 ? from * N * K : 0);
            part own = mine(steps * N);
            matrix X = {x + (from * N + own.first) * D, D, 1};
            real *to = a_0 + own.first * K;
            multiply(own.count, D, x_K, X, s.W_x, (matrix){s.b, 0, 1}, to, K);
            if (kind == GRU) {
                multiply(own.count, D, H, X, s.W_n,
                         (matrix){s.b + 3 * H, 0, 1}, to + 3 * H, K);
                for (long r = 0; r < own.count; r++)
                    memcpy(to + r * K + 2 * H, s.b + 2 * H, H * sizeof(real));
            }
            WAIT
            own = mine(N);
            for (long t = 0; t < steps; t++) {
                real *before = h + (from + t) * step + own.first * H;
                real *now = before + step;
                real *a_t = a_0 + (t * N + own.first) * K;
                real *c_then = c + own.first * H, *c_now = c_then;
                if (kept)
                    c_now = (c_then += (from + t) * step) + step;
                multiply(own.count, H, fed(kind) * H, (matrix){before, H, 1},
                         s.W_h, (matrix){a_t, K, 1}, a_t, K);
                for (long r = 0; r < own.count; r++) {
                    real *a_r = a_t + r * K;
                    long u = r * H;
                    if (kind == LSTM)
                        lstm_cell(H, a_r, c_then + u, c_now + u, now + u);
                    else if (kind == GRU)
                        gru_cell(H, a_r, before + u, now + u);
                    else
                        simple_cell(kind, H, a_r);
                }
            }
            WAIT
        }
    }
}

/* dW (rows, M) += da^T B, for the rows of this thread; db += the sum of da. */
static void sum(long steps, part own, long M, const real *da, long row,
                const real *B, int begun, real *dW, real *db)
{
    real *to = dW + own.first * M;
    long block = 16 * ROWS; /* columns of da that stay in a near cache */
    for (long k = 0; k < own.count; k += block) {
        matrix A = {da + own.first + k, 1, row};
        matrix C_0 = {begun ? to + k * M : 0, M, 1};
        multiply(least(block, own.count - k), steps, M, A, B, C_0, to + k * M,
                 M);
    }
    for (long k = own.first; k < own.first + own.count; k++)
        db[k] = begun ? db[k] : 0;
    for (long t = 0; t < steps; t++) {
        const real *da_t = da + t * row;
        for (long k = own.first; k < own.first + own.count; k++)
            db[k] += da_t[k];
    }
}

/* dh and dc (N, H) of the last state become those of the first. da is
   da_r da_z dm da_n, or as the gates. dx may be NULL. */
void backward(int kind, long T, long N, long D, long H, long chunk, int threads,
              const real *x, const real *W_x, const real *W_h,
              const real *dout, const real *h, const real *a, const real *c,
              real *dh, real *dc, real *dx, real *dW_x, real *dW_h, real *db_x,
              real *db_h, real *lent)
{
    long K = width(kind) * H, step = N * H, x_K = beside(kind) * H;
    space all = {lent, 0};
    scratch s = cut_all(kind, chunk * N, D, H, &all);
    long wide = K + LANES; /* not a power of two, which caches dislike */
    EVERY_THREAD
    {
        pack(fed(kind) * H, H, W_h, H, 1, s.W_h);
        if (dx)
            pack(x_K, D, W_x, D, 1, s.W_x);
        if (dx && kind == GRU)
            pack(H, D, W_x + 2 * H * D, D, 1, s.W_n);
        WAIT
        for (long end = T; end > 0; end -= chunk) {
            long steps = least(chunk, end), from = end - steps;
            long rows = steps * N;
            part own = mine(N);
            for (long t = steps - 1; t >= 0; t--) {
                long h_t = (from + t) * step + own.first * H;
                long a_t = ((from + t) * N + own.first) * K;
                real *da = s.da + (t * N + own.first) * wide;
                for (long r = 0; r < own.count; r++) {
                    long u = h_t + r * H, v = a_t + r * K;
                    real *dh_r = dh + (own.first + r) * H;
                    if (kind == LSTM)
                        lstm_back(H, a + v, c + u, c + u + step, dout + u,
                                  dh_r, dc + (own.first + r) * H,
                                  da + r * wide);
                    else if (kind == GRU)
                        gru_back(H, a + v, h + u, dout + u, dh_r,
                                 da + r * wide);
                    else
                        simple_back(kind, H, h + u + step, dout + u, dh_r,
                                    da + r * wide);
                }
                real *dh_t = dh + own.first * H;
                multiply(own.count, fed(kind) * H, H, (matrix){da, wide, 1},
                         s.W_h, (matrix){dh_t, H, 1}, dh_t, H);
            }
            pack(rows, D, x + from * N * D, D, 1, s.x);
            pack(rows, H, h + from * step, H, 1, s.h);
            WAIT
            int begun = end < T;
            sum(rows, mine(fed(kind) * H), H, s.da, wide, s.h, begun, dW_h,
                db_h);
            sum(rows, mine(x_K), D, s.da, wide, s.x, begun, dW_x, db_x);
            if (kind == GRU)
                sum(rows, mine(H), D, s.da + 3 * H, wide, s.x, begun,
                    dW_x + 2 * H * D, db_x + 2 * H);
            if (dx) {
                own = mine(rows);
                const real *da = s.da + own.first * wide;
                real *to = dx + (from * N + own.first) * D;
                multiply(own.count, x_K, D, (matrix){da, wide, 1}, s.W_x,
                         (matrix){0}, to, D);
                if (kind == GRU)
                    multiply(own.count, H, D, (matrix){da + 3 * H, wide, 1},
                             s.W_n, (matrix){to, D, 1}, to, D);
            }
            WAIT
        }
    }
}
