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

/* gate[i] = saturate(gate[i] + requantised(c[i] * peephole[i])). */
static inline void qlstm_peephole(const int16_t *c, const int16_t *peephole, int32_t cells,
                                  int32_t multiplier, int32_t shift, int16_t *gate) {
    for (int32_t i = 0; i < cells; ++i) {
        const int32_t scaled = hn_requant_q31(c[i] * peephole[i], multiplier, shift);
        gate[i] = hn_f16_saturate(hn_clamp_s32(scaled, -(1 << 30), 1 << 30) + gate[i]);
    }
}

/* Gate g before its peephole and activation. */
static inline void qlstm_gate(const hn_qlstm_args *a, void *const *buf, const int8_t *x,
                              const int8_t *h, int32_t g, int16_t *gate) {
    const size_t n = (size_t)a->cells;
    const int8_t *w = (const int8_t *)buf[HN_QLSTM_W] + (size_t)g * n * (size_t)a->in_n;
    const int8_t *r = (const int8_t *)buf[HN_QLSTM_R] + (size_t)g * n * n;
    const int32_t *bias = (const int32_t *)buf[HN_QLSTM_BIAS] + (size_t)g * 2 * n;
    const int32_t x_pair[2] = {a->x_mult[g], a->x_shift[g]};
    const int32_t h_pair[2] = {a->h_mult[g], a->h_shift[g]};
    for (int32_t i = 0; i < a->cells; ++i) gate[i] = 0;
    qlstm_accumulate(x, w, bias, a->in_n, a->cells, x_pair, gate);
    qlstm_accumulate(h, r, bias + n, a->cells, a->cells, h_pair, gate);
}

static inline void qlstm_sigmoid(int16_t *gate, int32_t n) {
    for (int32_t i = 0; i < n; ++i) gate[i] = hn_f16_logistic(gate[i]);
}

/* c = f c + i g, the products rounded on their own; i g goes to Q of the cell. */
static inline void qlstm_cell(const hn_qlstm_args *a, const int16_t *i, const int16_t *f,
                              const int16_t *g, int16_t *c) {
    const int32_t shift = 30 + a->cell_shift;
    for (int32_t k = 0; k < a->cells; ++k) {
        const int16_t kept = hn_f16_wrap(hn_rounding_shift_right(f[k] * c[k], 15));
        const int32_t in = a->couples ? INT16_MAX - f[k] : i[k];
        const int16_t added = hn_f16_wrap(hn_rounding_shift_right(in * g[k], shift));
        int16_t sum = hn_f16_saturate(kept + added);
        if (a->cell_clip > 0) sum = (int16_t)hn_clamp_s32(sum, -a->cell_clip, a->cell_clip);
        c[k] = sum;
    }
}

static inline void qlstm_step(const hn_qlstm_args *a, void *const *buf, const int8_t *x, int8_t *h,
                              int16_t *c, int16_t *gates) {
    const int32_t n = a->cells;
    int16_t *i = gates, *f = i + n, *g = f + n, *o = g + n;
    const int16_t *p = (const int16_t *)buf[HN_QLSTM_PEEPHOLES];
    qlstm_gate(a, buf, x, h, 1, f);
    qlstm_gate(a, buf, x, h, 2, g);
    qlstm_gate(a, buf, x, h, 3, o);
    if (p != 0) qlstm_peephole(c, p + n, n, a->p_mult[1], a->p_shift[1], f);
    qlstm_sigmoid(f, n);
    for (int32_t k = 0; k < n; ++k) g[k] = hn_f16_tanh(g[k], 3);
    if (!a->couples) {
        qlstm_gate(a, buf, x, h, 0, i);
        if (p != 0) qlstm_peephole(c, p, n, a->p_mult[0], a->p_shift[0], i);
        qlstm_sigmoid(i, n);
    }
    qlstm_cell(a, i, f, g, c);
    if (p != 0) qlstm_peephole(c, p + 2 * n, n, a->p_mult[2], a->p_shift[2], o);
    qlstm_sigmoid(o, n);
    for (int32_t k = 0; k < n; ++k) {
        const int32_t product = o[k] * hn_f16_tanh(c[k], 15 + a->cell_shift);
        const int32_t scaled = hn_requant_q31(product, a->hidden_mult, a->hidden_shift);
        h[k] = (int8_t)hn_clamp_s32(hn_clamp_s32(scaled, -(1 << 30), 1 << 30) + a->hidden_zero,
                                    -128, 127);
    }
}

static inline void qlstm_body(const hn_qlstm_args *a, void *const *buf, const hn_work *w) {
    for (uint32_t b = w->begin; b < w->end; ++b) {
        int8_t *h = (int8_t *)buf[HN_QLSTM_H] + (size_t)b * (size_t)a->cells;
        int16_t *c = (int16_t *)buf[HN_QLSTM_C] + (size_t)b * (size_t)a->cells;
        for (int32_t t = 0; t < a->seq; ++t) {
            const size_t x = (size_t)t * (size_t)a->x_step + (size_t)b * (size_t)a->x_batch;
            const size_t y = (size_t)t * (size_t)a->y_step + (size_t)b * (size_t)a->y_batch;
            int8_t *out = (int8_t *)buf[HN_QLSTM_Y] + y;
            qlstm_step(a, buf, (const int8_t *)buf[HN_QLSTM_X] + x, h, c, (int16_t *)w->scratch);
            for (int32_t k = 0; k < a->cells; ++k) out[k] = h[k];
        }
    }
}

HN_KERNEL(hn_qlstm_s8_c) {
    qlstm_body((const hn_qlstm_args *)args, buf, w);
}
