/* SPDX-License-Identifier: Apache-2.0
 * Recurrent layers: the definition and the portable form. The product h R is made in blocks of
 * columns, each with its own sums in the order of k, which compilers turn into vectors. */
#include "kernels/rnn/rnn_acts.h"

enum { RNN_BLOCK = 32 };

/* Function number `which` of direction d on n values in place. */
static inline void rnn_act(const hn_lstm_args *a, int32_t d, int32_t which, float *v, int32_t n) {
    const int32_t at = 3 * d + which, act = a->act[at];
    if (act == HN_RNN_SIGMOID) {
        for (int32_t i = 0; i < n; ++i) v[i] = hn_sigmoid(v[i]);
    } else if (act == HN_RNN_TANH) {
        for (int32_t i = 0; i < n; ++i) v[i] = hn_tanh(v[i]);
    } else {
        for (int32_t i = 0; i < n; ++i) v[i] = rnn_act_one(act, a->alpha[at], a->beta[at], v[i]);
    }
}

/* out[j] = sum over k of h[k] R[k][j] for n columns; rows of R lie `row` apart. */
static inline void rnn_product(const float *h, const float *r, int32_t hidden, int32_t row,
                               int32_t n, float *out) {
    int32_t j = 0;
    for (; j + RNN_BLOCK <= n; j += RNN_BLOCK) {
        float sum[RNN_BLOCK] = {0};
        const float *at = r + j;
        for (int32_t k = 0; k < hidden; ++k, at += row)
            for (int32_t i = 0; i < RNN_BLOCK; ++i) sum[i] += h[k] * at[i];
        for (int32_t i = 0; i < RNN_BLOCK; ++i) out[j + i] = sum[i];
    }
    for (; j < n; ++j) {
        float sum = 0.0f;
        for (int32_t k = 0; k < hidden; ++k) sum += h[k] * r[(size_t)k * (size_t)row + (size_t)j];
        out[j] = sum;
    }
}

#include "kernels/rnn/rnn_steps.h"

HN_KERNEL(hn_lstm_f32_c) {
    rnn_body(args, buf, w, 4, false);
}

HN_KERNEL(hn_gru_f32_c) {
    rnn_body(args, buf, w, 3, false);
}

HN_KERNEL(hn_rnn_f32_c) {
    rnn_body(args, buf, w, 1, false);
}

HN_KERNEL(hn_lstm_s8_f32_c) {
    rnn_body(args, buf, w, 4, true);
}

HN_KERNEL(hn_rnn_s8_f32_c) {
    rnn_body(args, buf, w, 1, true);
}
