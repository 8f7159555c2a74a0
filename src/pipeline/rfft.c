/* SPDX-License-Identifier: Apache-2.0
 * Radix-2, decimation in time, in place: samples are laid out by reversed bits, then butterflies of
 * growing size follow. */
#include "pipeline/rfft.h"

#include <math.h>

hone_status hn_rfft_init(hn_env *env, uint32_t n, hn_rfft *fft) {
    const double turn = -2.0 * 3.14159265358979323846 / n;
    if (n < 2 || n > HN_RFFT_MAX || (n & (n - 1)) != 0) {
        return hn_fail(env, HONE_E_ARGUMENT, "a transform of %u samples: powers of 2 up to %u",
                       (unsigned)n, (unsigned)HN_RFFT_MAX);
    }
    double *roots = hn_alloc(env, (size_t)n * sizeof *roots);
    double *work = hn_alloc(env, (size_t)n * 2 * sizeof *work);
    if (roots == NULL || work == NULL) {
        hn_free(env, roots);
        hn_free(env, work);
        return hn_no_memory(env);
    }
    for (uint32_t i = 0; i < n / 2; i++) {
        roots[2 * i] = cos(turn * i);
        roots[2 * i + 1] = sin(turn * i);
    }
    *fft = (hn_rfft){n, roots, work};
    return HONE_OK;
}

void hn_rfft_fini(hn_env *env, hn_rfft *fft) {
    hn_free(env, fft->roots);
    hn_free(env, fft->work);
    *fft = (hn_rfft){0, NULL, NULL};
}

static void lay_out(const hn_rfft *fft, const double *samples) {
    uint32_t reversed = 0;
    for (uint32_t i = 0; i < fft->n; i++) {
        fft->work[2 * reversed] = samples[i];
        fft->work[2 * reversed + 1] = 0.0;
        uint32_t bit = fft->n / 2;
        for (; bit > 0 && (reversed & bit) != 0; bit /= 2) reversed ^= bit;
        reversed |= bit;
    }
}

/* One butterfly: a and b, complex, with the root for b. */
static void butterfly(double *a, double *b, const double *root) {
    const double re = b[0] * root[0] - b[1] * root[1];
    const double im = b[0] * root[1] + b[1] * root[0];
    b[0] = a[0] - re;
    b[1] = a[1] - im;
    a[0] += re;
    a[1] += im;
}

void hn_rfft_power(hn_rfft *fft, const double *samples, double *power) {
    double *w = fft->work;
    lay_out(fft, samples);
    for (uint32_t half = 1; half < fft->n; half *= 2) {
        const uint32_t stride = fft->n / (2 * half);
        for (uint32_t first = 0; first < fft->n; first += 2 * half) {
            for (uint32_t k = 0; k < half; k++) {
                double *a = w + 2 * (first + k);
                butterfly(a, a + 2 * half, fft->roots + 2 * (k * stride));
            }
        }
    }
    for (uint32_t i = 0; i <= fft->n / 2; i++) {
        power[i] = w[2 * i] * w[2 * i] + w[2 * i + 1] * w[2 * i + 1];
    }
}
