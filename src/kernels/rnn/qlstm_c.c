/* SPDX-License-Identifier: Apache-2.0
 * The integer LSTM: the definition and the portable form. */
#include "kernels/rnn/qlstm.h"

#include <stddef.h>

#include "core/assume.h"
#include "kernels/rnn/fixed16.h"

/* gate[i] = saturate(gate[i] + requantised(bias[i] + v W[i])), n columns of v. */
static inline void qlstm_accumulate(const int8_t *v, const int8_t *w, const int32_t *bias,
                                    int32_t n, int32_t cells, const int32_t pair[2],
                                    int16_t *gate) {
    for (int32_t i = 0; i < cells; ++i, w += n) {
        uint32_t acc = (uint32_t)bias[i];
        for (int32_t k = 0; k < n; ++k) acc += (uint32_t)(v[k] * w[k]);
        const int32_t scaled = hn_requant_q31((int32_t)acc, pair[0], pair[1]);
        gate[i] = hn_f16_saturate(hn_clamp_s32(scaled, -(1 << 30), 1 << 30) + gate[i]);
    }
}

/* gate[i] = saturate(gate[i] + requantised(c[i] * its peephole)) for batch b; which: of i f o. */
static inline void qlstm_peephole(const hn_qlstm_args *a, void *const *buf, int32_t b,
                                  int32_t which, const int16_t *c, int16_t *gate) {
    const int16_t *peephole = (const int16_t *)buf[HN_QLSTM_PEEPHOLES];
    if (peephole == 0) return;
    const int64_t first = (int64_t)(b % a->p_batch) * a->cells;
    const int64_t most = (int64_t)a->p_batch * a->out - first;
    const int32_t n = most < a->cells ? (int32_t)most : a->cells;
    peephole += (size_t)which * (size_t)a->cells;
    for (int32_t i = 0; i < n; ++i) {
        const int32_t product = c[i] * peephole[(first + i) % a->out];
        const int32_t scaled = hn_requant_q31(product, a->p_mult[which], a->p_shift[which]);
        gate[i] = hn_f16_saturate(hn_clamp_s32(scaled, -(1 << 30), 1 << 30) + gate[i]);
    }
}

/* Sums of x W and h R of gate g. */
static inline void qlstm_gate(const hn_qlstm_args *a, void *const *buf, const int8_t *x,
                              const int8_t *h, int32_t g, int16_t *gate) {
    const size_t n = (size_t)a->cells;
    const int8_t *w = (const int8_t *)buf[HN_QLSTM_W] + (size_t)g * n * (size_t)a->in_n;
    const int8_t *r = (const int8_t *)buf[HN_QLSTM_R] + (size_t)g * n * (size_t)a->out;
    const int32_t *bias = (const int32_t *)buf[HN_QLSTM_BIAS] + (size_t)g * 2 * n;
    const int32_t x_pair[2] = {a->x_mult[g], a->x_shift[g]};
    const int32_t h_pair[2] = {a->h_mult[g], a->h_shift[g]};
    for (int32_t i = 0; i < a->cells; ++i) gate[i] = 0;
    qlstm_accumulate(x, w, bias, a->in_n, a->cells, x_pair, gate);
    qlstm_accumulate(h, r, bias + n, a->out, a->cells, h_pair, gate);
}

/* The reciprocal of the deviation of n numbers around mean / 1024. */
static inline void qlstm_deviation(const int16_t *v, int32_t n, int32_t guard, int32_t mean,
                                   int32_t pair[2]) {
    int64_t squares = 0;
    for (int32_t i = 0; i < n; ++i) squares += (int64_t)v[i] * v[i];
    const int64_t scaled = squares * ((1 << 20) / n) - (int64_t)mean * mean;
    const int32_t variance = (int32_t)(scaled / (1 << 20));
    hn_inverse_sqrt_q31(variance < 1 ? guard : variance, &pair[0], &pair[1]);
    pair[1] = -pair[1];
}

/* Gate g to mean 0 and deviation 1, scaled by its norms, and its bias. */
static inline void qlstm_norm(const hn_qlstm_args *a, void *const *buf, int32_t g, int16_t *gate) {
    const int32_t n = a->cells;
    const int16_t *norms = (const int16_t *)buf[HN_QLSTM_NORMS];
    if (norms == 0 || n == 0) return;
    norms += (size_t)g * (size_t)n;
    const int32_t *bias = (const int32_t *)buf[HN_QLSTM_NORM_BIAS] + (size_t)g * (size_t)n;
    int32_t pair[2];
    int64_t sum = 0;
    for (int32_t i = 0; i < n; ++i) sum += gate[i];
    const int32_t mean = (int32_t)(sum * 1024 / n);
    qlstm_deviation(gate, n, a->n_guard[g], mean, pair);
    for (int32_t i = 0; i < n; ++i) {
        const int32_t v = hn_requant_q31(1024 * gate[i] - mean, pair[0], pair[1]);
        const int32_t w = (int32_t)((uint32_t)v * (uint32_t)norms[i] + (uint32_t)bias[i]);
        const int64_t rounded = w > 0 ? (int64_t)w + 512 : (int64_t)w - 512;
        gate[i] =
            hn_f16_saturate(hn_requant_q31((int32_t)(rounded / 1024), a->n_mult[g], a->n_shift[g]));
    }
}

static inline void qlstm_sigmoid(int16_t *gate, int32_t n) {
    for (int32_t i = 0; i < n; ++i) gate[i] = hn_f16_logistic(gate[i]);
}

/* c = f c + i g, the products rounded on their own; i g goes to Q of the cell. */
static inline void qlstm_cell(const hn_qlstm_args *a, const int16_t *i, const int16_t *f,
                              const int16_t *g, int16_t *c) {
    const int32_t shift = 30 + a->cell_shift;
    for (int32_t k = 0; k < a->cells; ++k) {
        const int32_t in = a->couples ? INT16_MAX - f[k] : i[k];
        int16_t sum = hn_f16_cell(c[k], f[k], in, g[k], shift);
        if (a->cell_clip > 0) sum = (int16_t)hn_clamp_s32(sum, -a->cell_clip, a->cell_clip);
        c[k] = sum;
    }
}

/* o * tanh(c) in 8 bits around `zero`. */
static inline void qlstm_hidden(const hn_qlstm_args *a, const int16_t *o, const int16_t *c,
                                int32_t zero, int8_t *h) {
    for (int32_t k = 0; k < a->cells; ++k) {
        const int32_t product = o[k] * hn_f16_tanh(c[k], 15 + a->cell_shift);
        const int32_t scaled = hn_requant_q31(product, a->hidden_mult, a->hidden_shift);
        h[k] = (int8_t)hn_clamp_s32(hn_clamp_s32(scaled, -(1 << 30), 1 << 30) + zero, -128, 127);
    }
}

static inline void qlstm_project(const hn_qlstm_args *a, void *const *buf, const int8_t *v,
                                 int8_t *h) {
    const int8_t *w = (const int8_t *)buf[HN_QLSTM_PROJECTION];
    const int32_t *bias = (const int32_t *)buf[HN_QLSTM_PROJECTION_BIAS];
    for (int32_t i = 0; i < a->out; ++i, w += a->cells) {
        uint32_t acc = (uint32_t)bias[i];
        for (int32_t k = 0; k < a->cells; ++k) acc += (uint32_t)(v[k] * w[k]);
        const int32_t scaled = hn_requant_q31((int32_t)acc, a->projected_mult, a->projected_shift);
        int32_t out =
            hn_clamp_s32(hn_clamp_s32(scaled, -(1 << 30), 1 << 30) + a->out_zero, -128, 127);
        if (a->proj_clip > 0) out = hn_clamp_s32(out, -a->proj_clip, a->proj_clip);
        h[i] = (int8_t)out;
    }
}

/* What one step works on. */
typedef struct qlstm_lane {
    const int8_t *x;
    int8_t *h, *hidden;
    int16_t *c, *gates;
    int32_t b;
} qlstm_lane;

static inline void qlstm_step(const hn_qlstm_args *a, void *const *buf, const qlstm_lane *l) {
    const int32_t n = a->cells;
    int16_t *i = l->gates, *f = i + n, *g = f + n, *o = g + n;
    qlstm_gate(a, buf, l->x, l->h, 1, f);
    qlstm_gate(a, buf, l->x, l->h, 2, g);
    qlstm_gate(a, buf, l->x, l->h, 3, o);
    qlstm_peephole(a, buf, l->b, 1, l->c, f);
    qlstm_norm(a, buf, 1, f);
    qlstm_norm(a, buf, 2, g);
    qlstm_sigmoid(f, n);
    for (int32_t k = 0; k < n; ++k) g[k] = hn_f16_tanh(g[k], 3);
    if (!a->couples) {
        qlstm_gate(a, buf, l->x, l->h, 0, i);
        qlstm_peephole(a, buf, l->b, 0, l->c, i);
        qlstm_norm(a, buf, 0, i);
        qlstm_sigmoid(i, n);
    }
    qlstm_cell(a, i, f, g, l->c);
    qlstm_peephole(a, buf, l->b, 2, l->c, o);
    qlstm_norm(a, buf, 3, o);
    qlstm_sigmoid(o, n);
    if (buf[HN_QLSTM_PROJECTION] == 0) {
        qlstm_hidden(a, o, l->c, a->hidden_zero, l->h);
    } else {
        qlstm_hidden(a, o, l->c, -a->hidden_zero, l->hidden);
        qlstm_project(a, buf, l->hidden, l->h);
    }
}

static inline void qlstm_body(const hn_qlstm_args *a, void *const *buf, const hn_work *w) {
    qlstm_lane l = {.gates = (int16_t *)w->scratch};
    if (a->cells > 0) l.hidden = (int8_t *)(l.gates + 4 * (size_t)a->cells);
    for (uint32_t b = w->begin; b < w->end; ++b) {
        l.b = (int32_t)b;
        l.h = (int8_t *)buf[HN_QLSTM_H] + (size_t)b * (size_t)a->out;
        l.c = (int16_t *)buf[HN_QLSTM_C] + (size_t)b * (size_t)a->cells;
        for (int32_t t = 0; t < a->seq; ++t) {
            const size_t x = (size_t)t * (size_t)a->x_step + (size_t)b * (size_t)a->x_batch;
            const size_t y = (size_t)t * (size_t)a->y_step + (size_t)b * (size_t)a->y_batch;
            int8_t *out = (int8_t *)buf[HN_QLSTM_Y] + y;
            l.x = (const int8_t *)buf[HN_QLSTM_X] + x;
            qlstm_step(a, buf, &l);
            for (int32_t k = 0; k < a->out; ++k) out[k] = l.h[k];
        }
    }
}

HN_KERNEL(hn_qlstm_s8_c) {
    qlstm_body((const hn_qlstm_args *)args, buf, w);
}
