/* SPDX-License-Identifier: Apache-2.0
 * The 16-bit fixed-point transform of microcontroller front ends: models were trained on its
 * roundings, so they are part of what it computes. A real transform of 2n samples is a complex one
 * of n, in stages of four where n allows and of two, each of which divides by its size first, and a
 * last step that parts the two halves. Products are rounded half up at 15 bits. */
#ifndef HN_PIPELINE_MICRO_FFT_H
#define HN_PIPELINE_MICRO_FFT_H

#include "base/env.h"

enum { HN_MICRO_FFT_MAX = 4096, HN_MICRO_FFT_MIN = 16 };

typedef struct hn_complex16 {
    int16_t re, im;
} hn_complex16;

typedef struct hn_micro_fft {
    uint32_t n;           /* samples: a power of two */
    hn_complex16 *roots;  /* [n / 2] of the complex transform */
    hn_complex16 *halves; /* [n / 4] of the last step */
    hn_complex16 *work;   /* [n / 2] */
} hn_micro_fft;

hone_status hn_micro_fft_init(hn_env *env, uint32_t n, hn_micro_fft *fft);
void hn_micro_fft_fini(hn_env *env, hn_micro_fft *fft);

/* Bins 0 .. n / 2 of n samples. */
void hn_micro_fft_run(hn_micro_fft *fft, const int16_t *samples, hn_complex16 *bins);

#endif
