/* RNN, GRU and LSTM along time, forward and backward, for one thread or more.

   Each step is a product and then a cell:

       forward    a_t += h_{t-1} W_h^T     h_t = cell(a_t)
       backward   da_t = cell'(dh_t)       dh_{t-1} += da_t W_h

   with rows for the N sequences. The products for all steps at once (of the
   input, and the sums over time of the gradients) are not here: any fast
   product does them. Threads share the rows out, so none waits for another.

   Real is float, or double where DOUBLE is defined. Without -ffast-math: NaN
   and infinity go through as they should. */

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
#define DEPTH 128 /* rows of a panel of B that stay in the nearest cache */

typedef real vector __attribute__((vector_size(BYTES)));
typedef real anywhere __attribute__((vector_size(BYTES), aligned(sizeof(real))));

enum { TANH, RELU, GRU, LSTM };

#define INLINE static inline __attribute__((always_inline))

INLINE long least(long a, long b) { return a < b ? a : b; }

/* ---- The product C += A B, for a B that was packed --------------------- */

/* B (K, M) in panels of 4, 2 or 1 vectors of columns, padded with zeros. */

INLINE long panel(long columns) /* vectors in the next panel */
{
    return columns > 3 * LANES ? 4 : columns > LANES ? 2 : 1;
}

/* W (K, M), or its transpose if W is (M, K). */
void pack(const real *W, long K, long M, int transposed, real *B)
{
    for (long m = 0; m < M;) {
        long width = panel(M - m) * LANES, real_width = least(width, M - m);
        for (long k = 0; k < K; k += LANES)
            for (long u = 0; u < width; u++)
                for (long l = k; l < least(k + LANES, K); l++)
                    B[l * width + u] = u >= real_width ? 0
                        : transposed ? W[(m + u) * K + l]
                                     : W[l * M + m + u];
        B += K * width;
        m += width;
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

/* R rows and V vectors of C stay in registers while k runs. */
INLINE void tile(const int R, const int V, long K, const real *A, long lda,
                 const real *B, real *C, long ldc, long last)
{
    vector sum[ROWS][4];
    for (int r = 0; r < R; r++)
        for (int v = 0; v < V; v++)
            sum[r][v] = load(C + r * ldc + v * LANES, v < V - 1 ? LANES : last);
    for (long k = 0; k < K; k++, B += V * LANES)
        for (int r = 0; r < R; r++)
            for (int v = 0; v < V; v++)
                sum[r][v] += A[r * lda + k] * ((const vector *)B)[v];
    for (int r = 0; r < R; r++)
        for (int v = 0; v < V; v++)
            store(C + r * ldc + v * LANES, sum[r][v], v < V - 1 ? LANES : last);
}

static void any_tile(long R, long V, long K, const real *A, long lda,
                     const real *B, real *C, long ldc, long last)
{
#define TILE(R, V) \
    case 8 * R + V: tile(R, V, K, A, lda, B, C, ldc, last); break;
#define TILES(R) TILE(R, 1) TILE(R, 2) TILE(R, 4)
    switch (8 * R + V) {
        TILES(1) TILES(2) TILES(3)
#if ROWS > 3
        TILES(4) TILES(5) TILES(6)
#endif
    }
}

static void multiply(long rows, long K, long M, const real *A, long lda,
                     const real *B, real *C, long ldc)
{
    long depth = rows > ROWS ? DEPTH : K, groups = (rows + ROWS - 1) / ROWS;
    for (long m = 0; m < M;) {
        long V = panel(M - m), last = least(LANES, M - m - (V - 1) * LANES);
        for (long k = 0; k < K; k += depth)
            for (long g = 0, r = 0, R; g < groups; g++, r += R) {
                R = (rows - r) / (groups - g);
                any_tile(R, V, least(depth, K - k), A + r * lda + k, lda,
                         B + k * V * LANES, C + r * ldc + m, ldc, last);
            }
        B += K * V * LANES;
        m += V * LANES;
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
        real slope = kind == TANH ? 1 - h[u] * h[u] : h[u] > 0;
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

/* The rows of this thread. */
static void share(long N, long *first, long *rows)
{
    long all = 1, mine = 0;
#ifdef _OPENMP
    all = omp_get_num_threads();
    mine = omp_get_thread_num();
#endif
    *first = N * mine / all;
    *rows = N * (mine + 1) / all - *first;
}

static long width(int kind) { return kind == GRU || kind == LSTM ? 4 : 1; }
static long fed(int kind) { return kind == GRU ? 3 : width(kind); }

/* h (T + 1, N, H) from its first on. a (T, N, 4 H): r z m n or i f g o, but for
   simple cells h itself, from its second on. c (T + 1, N, H), or, if it is not
   kept, (N, H). B is W_h^T, packed. */
void forward(int kind, long T, long N, long H, const real *B, real *a, real *h,
             real *c, int kept, int threads)
{
    long K = width(kind) * H, step = N * H;
#pragma omp parallel num_threads(threads) if (threads > 1)
    {
        long first, rows;
        share(N, &first, &rows);
        for (long t = 0; t < T; t++) {
            real *before = h + t * step + first * H, *now = before + step;
            real *a_t = a + (t * N + first) * K;
            real *c_then = c + (kept ? t * step : 0) + first * H;
            real *c_now = kept ? c_then + step : c_then;
            multiply(rows, H, fed(kind) * H, before, H, B, a_t, K);
            for (long r = 0; r < rows; r++) {
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
    }
}

/* dh and dc (N, H) of the last state become those of the first. da (T, N, K)
   is da_r da_z dm da_n, or as the gates. B is W_h, packed. */
void backward(int kind, long T, long N, long H, const real *B, const real *a,
              const real *h, const real *c, const real *dout, real *dh,
              real *dc, real *da, int threads)
{
    long K = width(kind) * H, step = N * H;
#pragma omp parallel num_threads(threads) if (threads > 1)
    {
        long first, rows;
        share(N, &first, &rows);
        for (long t = T - 1; t >= 0; t--) {
            long from = t * step + first * H, place = (t * N + first) * K;
            for (long r = 0; r < rows; r++) {
                long u = from + r * H, v = place + r * K, w = (first + r) * H;
                if (kind == LSTM)
                    lstm_back(H, a + v, c + u, c + u + step, dout + u, dh + w,
                              dc + w, da + v);
                else if (kind == GRU)
                    gru_back(H, a + v, h + u, dout + u, dh + w, da + v);
                else
                    simple_back(kind, H, h + u + step, dout + u, dh + w,
                                da + v);
            }
            multiply(rows, fed(kind) * H, H, da + place, K, B, dh + first * H,
                     H);
        }
    }
}
