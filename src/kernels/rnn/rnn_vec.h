/* SPDX-License-Identifier: Apache-2.0
 * Recurrent layers, whatever the vector length: rows of R go by under as many sums as registers
 * hold, so that R streams in order; products are fused, and so are sigmoid and tanh. */
#ifndef HN_KERNELS_RNN_VEC_H
#define HN_KERNELS_RNN_VEC_H

#include "kernels/rnn/rnn_acts.h"
#include "kernels/vec/vec_fused.h"

enum { RNN_WIDE = VN / 2 }; /* vectors of columns at a time: half the registers and more */

/* `wide` vectors of columns; n < VN columns only of one. */
HN_INLINE void rnn_columns(const float *h, const float *r, const int32_t size[2], int wide,
                           int32_t n, float *out) {
    const bool is_part = n < VN;
    vf sum[RNN_WIDE];
    for (int i = 0; i < wide; ++i) sum[i] = vf_set(0.0f);
    for (int32_t k = 0; k < size[0]; ++k, r += size[1]) {
        const vf left = vf_set(h[k]);
        for (int i = 0; i < wide; ++i)
            sum[i] = vf_fma(left, is_part ? vf_load_n(r, n) : vf_load(r + i * VN), sum[i]);
    }
    for (int i = 0; i < wide; ++i) {
        if (is_part)
            vf_store_n(out, sum[i], n);
        else
            vf_store(out + i * VN, sum[i]);
    }
}

static void rnn_product(const float *h, const float *r, int32_t hidden, int32_t row, int32_t n,
                        float *out) {
    const int32_t size[2] = {hidden, row};
    int32_t j = 0;
    for (; j + RNN_WIDE * VN <= n; j += RNN_WIDE * VN)
        rnn_columns(h, r + j, size, RNN_WIDE, VN, out + j);
    for (; j + 2 * VN <= n; j += 2 * VN) rnn_columns(h, r + j, size, 2, VN, out + j);
    for (; j + VN <= n; j += VN) rnn_columns(h, r + j, size, 1, VN, out + j);
    if (j < n) rnn_columns(h, r + j, size, 1, n - j, out + j);
}

#define RNN_APPLY(function)                                                                        \
    for (; i + VN <= n; i += VN) vf_store(v + i, function(vf_load(v + i)));                        \
    if (i < n) vf_store_n(v + i, function(vf_load_n(v + i, n - i)), n - i);

static void rnn_act(const hn_lstm_args *a, int32_t d, int32_t which, float *v, int32_t n) {
    const int32_t at = 3 * d + which, act = a->act[at];
    int32_t i = 0;
    if (act == HN_RNN_SIGMOID) {
        RNN_APPLY(vf_sigmoid_fused)
    } else if (act == HN_RNN_TANH) {
        RNN_APPLY(vf_tanh_fused)
    } else {
        for (; i < n; ++i) v[i] = rnn_act_one(act, a->alpha[at], a->beta[at], v[i]);
    }
}

#include "kernels/rnn/rnn_steps.h"

#endif
