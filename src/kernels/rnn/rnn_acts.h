/* SPDX-License-Identifier: Apache-2.0
 * The functions of recurrent layers, one value at a time. */
#ifndef HN_KERNELS_RNN_ACTS_H
#define HN_KERNELS_RNN_ACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/rnn/rnn.h"

static inline float rnn_act_one(int32_t act, float alpha, float beta, float v) {
    switch (act) {
    case HN_RNN_RELU:
        return v < 0.0f ? 0.0f : v;
    case HN_RNN_AFFINE:
        return alpha * v + beta;
    case HN_RNN_LEAKY_RELU:
        return v < 0.0f ? alpha * v : v;
    case HN_RNN_THRESHOLDED_RELU:
        return v >= alpha ? v : 0.0f;
    case HN_RNN_SCALED_TANH:
        return alpha * hn_tanh(beta * v);
    case HN_RNN_HARD_SIGMOID: {
        const float line = alpha * v + beta;
        return line < 0.0f ? 0.0f : line > 1.0f ? 1.0f : line;
    }
    case HN_RNN_ELU:
        return v < 0.0f ? alpha * (hn_exp(v) - 1.0f) : v;
    case HN_RNN_SOFTSIGN:
        return v / (1.0f + hn_abs(v));
    case HN_RNN_SOFTPLUS: {
        const float tail = hn_log(1.0f + hn_exp(-hn_abs(v)));
        return v > 0.0f ? v + tail : tail;
    }
    case HN_RNN_RELU6:
        return v < 0.0f ? 0.0f : v > 6.0f ? 6.0f : v;
    case HN_RNN_RELU_N1_TO_1:
        return v < -1.0f ? -1.0f : v > 1.0f ? 1.0f : v;
    default:
        return v;
    }
}

#endif
