/* SPDX-License-Identifier: Apache-2.0
 * Blocks of dot products, the inner loops of the portable convolution and matrix product. Integers:
 * x holds 16-bit inputs without their zero point, w 8-bit weights; two rows of x by two of w make
 * four products from four loads, and the nine registers fit a Cortex-M4; where that has its DSP
 * instructions, dot_dsp.h takes four elements of each at a time, in an order of its own. Sums wrap,
 * so all orders have the same bits. Floats: each output has its own accumulator and adds its
 * products in the order of i, whatever the block, so that every block gives the bits of the plain
 * loop; acc is read and written. */
#ifndef HN_CORE_DOT_H
#define HN_CORE_DOT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/assume.h"
#include "core/dsp.h"

HN_INLINE int32_t hn_load_8(const uint8_t *p, bool is_signed) {
    return is_signed ? (int32_t)(int8_t)*p : (int32_t)*p;
}

/* n elements less their zero point into x; returns their sum. */
HN_INLINE uint32_t hn_widen(const uint8_t *in, int32_t n, int32_t zero, bool is_signed,
                            int16_t *x) {
    uint32_t sum = 0;
    for (int32_t i = 0; i < n; ++i) {
        const int32_t v = hn_load_8(in + i, is_signed) - zero;
        x[i] = (int16_t)v;
        sum += (uint32_t)v;
    }
    return sum;
}

#if HN_DSP
#include "core/dot_dsp.h"
#else

/* n elements less their zero point into x, in the order of the products if the first of them is the
 * first of four; returns their sum. */
HN_INLINE uint32_t hn_dot_widen(const uint8_t *in, int32_t n, int32_t zero, bool is_signed,
                                int16_t *x) {
    return hn_widen(in, n, zero, is_signed, x);
}

/* Puts n elements into the order of the products. */
static inline void hn_dot_order(int16_t *x, int32_t n) {
    (void)x;
    (void)n;
}

/* acc[2 * row of x + row of w]; rows of x lie k apart, rows of w w_step. */
HN_INLINE void hn_dot_s16_2x2(const int16_t *x, const uint8_t *w, size_t w_step, int32_t k,
                              bool is_signed, uint32_t *acc) {
    const int16_t *x1 = x + k;
    const uint8_t *w1 = w + w_step;
    uint32_t a0 = 0, a1 = 0, b0 = 0, b1 = 0;
    for (int32_t i = 0; i < k; ++i) {
        const int32_t a = x[i], b = x1[i];
        const int32_t v0 = hn_load_8(w + i, is_signed), v1 = hn_load_8(w1 + i, is_signed);
        a0 += (uint32_t)(a * v0);
        b0 += (uint32_t)(b * v0);
        a1 += (uint32_t)(a * v1);
        b1 += (uint32_t)(b * v1);
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = b0;
    acc[3] = b1;
}

HN_INLINE void hn_dot_s16_1x4(const int16_t *x, const uint8_t *w, size_t w_step, int32_t k,
                              bool is_signed, uint32_t *acc) {
    const uint8_t *w1 = w + w_step, *w2 = w1 + w_step, *w3 = w2 + w_step;
    uint32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    for (int32_t i = 0; i < k; ++i) {
        const int32_t a = x[i];
        a0 += (uint32_t)(a * hn_load_8(w + i, is_signed));
        a1 += (uint32_t)(a * hn_load_8(w1 + i, is_signed));
        a2 += (uint32_t)(a * hn_load_8(w2 + i, is_signed));
        a3 += (uint32_t)(a * hn_load_8(w3 + i, is_signed));
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

HN_INLINE uint32_t hn_dot_s16_1x1(const int16_t *x, const uint8_t *w, int32_t k, bool is_signed) {
    uint32_t acc = 0;
    for (int32_t i = 0; i < k; ++i) acc += (uint32_t)(x[i] * hn_load_8(w + i, is_signed));
    return acc;
}

#endif

/* acc[4 * row of x + row of w]. */
static inline void hn_dot_f32_2x4(const float *x, size_t x_step, const float *w, size_t w_step,
                                  int32_t k, float *acc) {
    const float *x1 = x + x_step;
    const float *w1 = w + w_step, *w2 = w1 + w_step, *w3 = w2 + w_step;
    float a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];
    float b0 = acc[4], b1 = acc[5], b2 = acc[6], b3 = acc[7];
    for (int32_t i = 0; i < k; ++i) {
        const float a = x[i], b = x1[i];
        a0 += a * w[i];
        b0 += b * w[i];
        a1 += a * w1[i];
        b1 += b * w1[i];
        a2 += a * w2[i];
        b2 += b * w2[i];
        a3 += a * w3[i];
        b3 += b * w3[i];
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
    acc[4] = b0;
    acc[5] = b1;
    acc[6] = b2;
    acc[7] = b3;
}

static inline void hn_dot_f32_1x4(const float *x, const float *w, size_t w_step, int32_t k,
                                  float *acc) {
    const float *w1 = w + w_step, *w2 = w1 + w_step, *w3 = w2 + w_step;
    float a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];
    for (int32_t i = 0; i < k; ++i) {
        const float a = x[i];
        a0 += a * w[i];
        a1 += a * w1[i];
        a2 += a * w2[i];
        a3 += a * w3[i];
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

static inline float hn_dot_f32_1x1(const float *x, const float *w, int32_t k, float acc) {
    for (int32_t i = 0; i < k; ++i) acc += x[i] * w[i];
    return acc;
}

#endif
