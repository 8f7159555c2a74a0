/* SPDX-License-Identifier: Apache-2.0
 * The discrete Fourier transform of real numbers in double precision, for powers of two. Roots of
 * unity come from libm once per size; sums are in a fixed order. An audio front end spends less on
 * it than the model behind it, so it is short rather than fast: about 20 us for 512 samples. */
#ifndef HN_PIPELINE_RFFT_H
#define HN_PIPELINE_RFFT_H

#include "base/env.h"

enum { HN_RFFT_MAX = 1 << 16 };

typedef struct hn_rfft {
    uint32_t n;    /* samples: a power of two, 2 to HN_RFFT_MAX */
    double *roots; /* [n / 2][2]: cos and sin of -2 pi i / n */
    double *work;  /* [n][2] */
} hn_rfft;

hone_status hn_rfft_init(hn_env *env, uint32_t n, hn_rfft *fft);
void hn_rfft_fini(hn_env *env, hn_rfft *fft);

/* The squared magnitudes of bins 0 .. n / 2 of n samples. */
void hn_rfft_power(hn_rfft *fft, const double *samples, double *power);

#endif
