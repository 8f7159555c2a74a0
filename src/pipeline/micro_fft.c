/* SPDX-License-Identifier: Apache-2.0
 * The recursion goes by decimation in time: a transform of n points is `radix` transforms of every
 * radix-th point, put together by butterflies. Sums wrap at 16 bits, which the divisions before
 * them keep from happening for all but the most extreme input. */
#include "pipeline/micro_fft.h"

#include <math.h>

enum { ONE = 32767, HALF_ROUND = 1 << 14, BITS = 15 };

static int16_t wrap(int32_t value) {
    return (int16_t)(uint16_t)((uint32_t)value & 0xffffu);
}

static int16_t round15(int32_t product) {
    return wrap((int32_t)(((int64_t)product + HALF_ROUND) >> BITS));
}

static hn_complex16 multiply(hn_complex16 a, hn_complex16 b) {
    const int32_t re = (int32_t)((int64_t)a.re * b.re - (int64_t)a.im * b.im);
    const int32_t im = (int32_t)((int64_t)a.re * b.im + (int64_t)a.im * b.re);
    return (hn_complex16){round15(re), round15(im)};
}

static hn_complex16 divide(hn_complex16 a, int32_t by) {
    return (hn_complex16){round15(a.re * (ONE / by)), round15(a.im * (ONE / by))};
}

static hn_complex16 add(hn_complex16 a, hn_complex16 b) {
    return (hn_complex16){wrap(a.re + b.re), wrap(a.im + b.im)};
}

static hn_complex16 subtract(hn_complex16 a, hn_complex16 b) {
    return (hn_complex16){wrap(a.re - b.re), wrap(a.im - b.im)};
}

static hn_complex16 root(double angle) {
    return (hn_complex16){(int16_t)floor(0.5 + ONE * cos(angle)),
                          (int16_t)floor(0.5 + ONE * sin(angle))};
}

hone_status hn_micro_fft_init(hn_env *env, uint32_t n, hn_micro_fft *fft) {
    const double pi = 3.14159265358979323846264338327;
    const uint32_t n_complex = n / 2;
    if (n < HN_MICRO_FFT_MIN || n > HN_MICRO_FFT_MAX || (n & (n - 1)) != 0) {
        return hn_fail(env, HONE_E_ARGUMENT, "a fixed-point transform of %u samples", (unsigned)n);
    }
    hn_complex16 *memory = hn_alloc(env, (size_t)(2 * n_complex + n / 4) * sizeof *memory);
    if (memory == NULL) return hn_no_memory(env);
    *fft = (hn_micro_fft){n, memory, memory + n_complex, memory + n_complex + n / 4};
    for (uint32_t i = 0; i < n_complex; i++) fft->roots[i] = root(-2.0 * pi * i / n_complex);
    for (uint32_t i = 0; i < n / 4; i++) {
        fft->halves[i] = root(-pi * ((double)(i + 1) / n_complex + 0.5));
    }
    return HONE_OK;
}

void hn_micro_fft_fini(hn_env *env, hn_micro_fft *fft) {
    hn_free(env, fft->roots);
    *fft = (hn_micro_fft){0, NULL, NULL, NULL};
}

static void butterfly2(hn_complex16 *x, uint32_t m, const hn_complex16 *roots, uint32_t stride) {
    for (uint32_t k = 0; k < m; k++) {
        const hn_complex16 a = divide(x[k], 2),
                           b = multiply(divide(x[k + m], 2), roots[k * stride]);
        x[k + m] = subtract(a, b);
        x[k] = add(a, b);
    }
}

static void butterfly4(hn_complex16 *x, uint32_t m, const hn_complex16 *roots, uint32_t stride) {
    for (uint32_t k = 0; k < m; k++) {
        const hn_complex16 a = divide(x[k], 4);
        const hn_complex16 b = multiply(divide(x[k + m], 4), roots[k * stride]);
        const hn_complex16 c = multiply(divide(x[k + 2 * m], 4), roots[2 * k * stride]);
        const hn_complex16 d = multiply(divide(x[k + 3 * m], 4), roots[3 * k * stride]);
        const hn_complex16 even = add(a, c), odd = add(b, d);
        const hn_complex16 left = subtract(a, c), right = subtract(b, d);
        x[k] = add(even, odd);
        x[k + 2 * m] = subtract(even, odd);
        x[k + m] = (hn_complex16){wrap(left.re + right.im), wrap(left.im - right.re)};
        x[k + 3 * m] = (hn_complex16){wrap(left.re - right.im), wrap(left.im + right.re)};
    }
}

/* n points of `from`, `stride` apart, into `to`. Depth is at most log4 of the size. */
static void transform(const hn_micro_fft *fft, const hn_complex16 *from, uint32_t stride,
                      uint32_t n, hn_complex16 *to) {
    if (n == 1) {
        to[0] = from[0];
        return;
    }
    const uint32_t radix = n % 4 == 0 ? 4 : 2, m = n / radix;
    for (uint32_t i = 0; i < radix; i++) {
        transform(fft, from + (size_t)i * stride, stride * radix, m, to + (size_t)i * m);
    }
    if (radix == 4) {
        butterfly4(to, m, fft->roots, stride);
    } else {
        butterfly2(to, m, fft->roots, stride);
    }
}

void hn_micro_fft_run(hn_micro_fft *fft, const int16_t *samples, hn_complex16 *bins) {
    const uint32_t n = fft->n / 2;
    hn_complex16 *x = fft->work;
    for (uint32_t i = 0; i < n; i++) {
        bins[i] = (hn_complex16){samples[2 * i], samples[2 * i + 1]};
    }
    transform(fft, bins, 1, n, x);
    const hn_complex16 first = divide(x[0], 2);
    bins[0] = (hn_complex16){wrap(first.re + first.im), 0};
    bins[n] = (hn_complex16){wrap(first.re - first.im), 0};
    for (uint32_t k = 1; k <= n / 2; k++) {
        const hn_complex16 mirror = {x[n - k].re, wrap(-x[n - k].im)};
        const hn_complex16 a = divide(x[k], 2), b = divide(mirror, 2);
        const hn_complex16 sum = add(a, b);
        const hn_complex16 rest = multiply(subtract(a, b), fft->halves[k - 1]);
        bins[k] =
            (hn_complex16){(int16_t)((sum.re + rest.re) >> 1), (int16_t)((sum.im + rest.im) >> 1)};
        bins[n - k] =
            (hn_complex16){(int16_t)((sum.re - rest.re) >> 1), (int16_t)((rest.im - sum.im) >> 1)};
    }
}
