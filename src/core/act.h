/* SPDX-License-Identifier: Apache-2.0
 * Functions that kernels apply to a sum before they store it. */
#ifndef HN_CORE_ACT_H
#define HN_CORE_ACT_H

#include "core/math.h"

typedef enum hn_act {
    HN_ACT_NONE,
    HN_ACT_SIGMOID,
    HN_ACT_SILU,       /* x sigmoid(x) */
    HN_ACT_HARD_SWISH, /* x times x + 3 in 0..6, by 6 */
    HN_ACT_LEAKY_RELU, /* x < 0: alpha x */
    HN_ACT_COUNT
} hn_act;

static inline float hn_act_of(int32_t act, float alpha, float x) {
    switch (act) {
    case HN_ACT_SIGMOID:
        return hn_sigmoid(x);
    case HN_ACT_SILU:
        return x * hn_sigmoid(x);
    case HN_ACT_HARD_SWISH: {
        const float y = x + 3.0f;
        return x * (y < 0.0f ? 0.0f : y > 6.0f ? 6.0f : y) * (1.0f / 6.0f);
    }
    case HN_ACT_LEAKY_RELU:
        return x < 0.0f ? alpha * x : x;
    default:
        return x;
    }
}

#endif
