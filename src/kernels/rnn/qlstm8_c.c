/* SPDX-License-Identifier: Apache-2.0
 * The integer LSTM whose gates are sums of 8 bits: the definition and the portable form. */
#include "kernels/rnn/qlstm8.h"

#include <stddef.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/rnn/fixed16.h"

/* One of the two parts of a gate: v W in 8 bits around `middle`, then to the sum. */
typedef struct qlstm8_part {
    const int8_t *v, *w;
    int32_t n, zero, mult, shift, middle, sum_mult, sum_shift;
} qlstm8_part;

/* What the part adds to cell i. */
static inline int32_t qlstm8_term(const qlstm8_part *p, int32_t i) {
    const int8_t *w = p->w + (size_t)i * (size_t)p->n;
    uint32_t acc = 0;
    for (int32_t k = 0; k < p->n; ++k) acc += (uint32_t)((p->v[k] - p->zero) * w[k]);
    const int32_t wide = hn_requant_q31((int32_t)acc, p->mult, p->shift);
    const int32_t narrow = hn_clamp_s32(hn_clamp_s32(wide, -512, 512) + p->middle, -128, 127);
    const int32_t term = hn_requant_q31(narrow - p->middle, p->sum_mult, p->sum_shift);
    return hn_clamp_s32(term, -(1 << 30), 1 << 30);
}

/* mean and 1 / deviation of n numbers. */
static inline void qlstm8_moments(const int16_t *v, int32_t n, float *mean, float *inverse) {
    float sum = 0.0f, squares = 0.0f;
    for (int32_t i = 0; i < n; ++i) {
        const float x = (float)v[i];
        sum += x;
        squares += x * x;
    }
    *mean = sum / (float)n;
    const float variance = squares / (float)n - *mean * *mean;
    *inverse = 1.0f / hn_sqrt(variance > 0.0f ? variance : 1e-8f);
}

/* A float within -8..8 and beyond in Q3.12, ties away from zero. */
static inline int16_t qlstm8_q12(float v) {
    const float scaled = v * 4096.0f;
    if (!(scaled > -32768.0f)) return INT16_MIN;
    if (scaled >= 32767.0f) return INT16_MAX;
    const int32_t whole = (int32_t)scaled;
    const float rest = scaled - (float)whole;
    return (int16_t)(rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole);
}

static inline int16_t qlstm8_q15(float v) {
    const int32_t cut = (int32_t)(v * 32768.0f);
    return hn_f16_saturate(cut);
}

static inline void qlstm8_norm(const hn_qlstm8_args *a, void *const *buf, int32_t g,
                               int16_t *gate) {
    const size_t first = (size_t)g * (size_t)a->cells;
    const int16_t *norms = (const int16_t *)buf[HN_QLSTM8_NORMS] + first;
    const int32_t *bias = (const int32_t *)buf[HN_QLSTM8_NORM_BIAS] + first;
    const float scale = a->norm_scale[g], bias_scale = 0x1p-10f * scale;
    float mean, inverse;
    qlstm8_moments(gate, a->cells, &mean, &inverse);
    for (int32_t i = 0; i < a->cells; ++i) {
        const float normal = ((float)gate[i] - mean) * inverse;
        const float v = normal * (float)norms[i] * scale + (float)bias[i] * bias_scale;
        gate[i] = qlstm8_q12(v);
    }
}

/* Gate g (of f c o), normalised, and its function. */
static inline void qlstm8_gate(const hn_qlstm8_args *a, void *const *buf, uint32_t b, int32_t g,
                               int16_t *gate) {
    const size_t at = (size_t)g * (size_t)a->cells;
    const qlstm8_part x = {.v = (const int8_t *)buf[HN_QLSTM8_X] + (size_t)b * (size_t)a->in_n,
                           .w = (const int8_t *)buf[HN_QLSTM8_W] + at * (size_t)a->in_n,
                           .n = a->in_n,
                           .zero = a->x_zero,
                           .mult = a->x_mult[g],
                           .shift = a->x_shift[g],
                           .middle = a->x_middle[g],
                           .sum_mult = a->sum_x_mult[g],
                           .sum_shift = a->sum_x_shift[g]};
    const qlstm8_part h = {.v = (const int8_t *)buf[HN_QLSTM8_H] + (size_t)b * (size_t)a->out,
                           .w = (const int8_t *)buf[HN_QLSTM8_R] + at * (size_t)a->out,
                           .n = a->out,
                           .zero = a->h_zero,
                           .mult = a->h_mult[g],
                           .shift = a->h_shift[g],
                           .middle = a->h_middle[g],
                           .sum_mult = a->sum_h_mult[g],
                           .sum_shift = a->sum_h_shift[g]};
    for (int32_t i = 0; i < a->cells; ++i) {
        gate[i] = hn_f16_saturate(qlstm8_term(&h, i) + qlstm8_term(&x, i));
    }
    qlstm8_norm(a, buf, g, gate);
    for (int32_t i = 0; i < a->cells; ++i) {
        const float v = (float)gate[i] * 0x1p-12f;
        gate[i] = qlstm8_q15(g == 1 ? hn_tanh(v) : 1.0f / (1.0f + hn_exp(-v)));
    }
}

/* h from `hidden`, which is o * tanh(c). */
static inline void qlstm8_project(const hn_qlstm8_args *a, void *const *buf, const int16_t *hidden,
                                  int8_t *h) {
    const int8_t *w = (const int8_t *)buf[HN_QLSTM8_PROJECTION];
    const int32_t *bias = (const int32_t *)buf[HN_QLSTM8_PROJECTION_BIAS];
    for (int32_t i = 0; i < a->out; ++i, w += a->cells) {
        int64_t acc = bias[i];
        for (int32_t k = 0; k < a->cells; ++k) acc += hidden[k] * w[k];
        const int32_t scaled = hn_requant_wide(acc, a->projected_mult, a->projected_shift);
        int32_t v = hn_clamp_s32(hn_clamp_s32(scaled, -512, 512) + a->h_zero, -128, 127);
        if (a->proj_clip > 0) v = hn_clamp_s32(v, -a->proj_clip, a->proj_clip);
        h[i] = (int8_t)v;
    }
}

static inline void qlstm8_body(const hn_qlstm8_args *a, void *const *buf, const hn_work *w) {
    const size_t n = (size_t)a->cells, n_out = (size_t)a->out;
    int16_t *f = (int16_t *)w->scratch, *g = f + n, *o = g + n;
    for (uint32_t b = w->begin; b < w->end; ++b) {
        int8_t *h = (int8_t *)buf[HN_QLSTM8_H] + (size_t)b * n_out;
        int8_t *y = (int8_t *)buf[HN_QLSTM8_Y] + (size_t)b * n_out;
        int16_t *c = (int16_t *)buf[HN_QLSTM8_C] + (size_t)b * n;
        qlstm8_gate(a, buf, b, 0, f);
        qlstm8_gate(a, buf, b, 1, g);
        qlstm8_gate(a, buf, b, 2, o);
        for (size_t k = 0; k < n; ++k) {
            c[k] = hn_f16_cell(c[k], f[k], INT16_MAX - f[k], g[k], 15);
            if (a->cell_clip > 0) c[k] = (int16_t)hn_clamp_s32(c[k], -a->cell_clip, a->cell_clip);
            const int16_t t = qlstm8_q15(hn_tanh((float)c[k] * 0x1p-15f));
            o[k] = hn_f16_wrap(hn_rounding_shift_right(o[k] * t, 15));
        }
        qlstm8_project(a, buf, o, h);
        for (size_t k = 0; k < n_out; ++k) y[k] = h[k];
    }
}

HN_KERNEL(hn_qlstm8_s8_c) {
    qlstm8_body((const hn_qlstm8_args *)args, buf, w);
}
