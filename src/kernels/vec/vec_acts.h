/* SPDX-License-Identifier: Apache-2.0
 * core/act.h on vectors. The includer has included vec_<isa>.h. */
#ifndef HN_KERNELS_VEC_VEC_ACTS_H
#define HN_KERNELS_VEC_VEC_ACTS_H

#include "core/act.h"
#include "kernels/vec/vec_fused.h"

HN_INLINE vf vf_act(int32_t act, float alpha, vf x) {
    switch (act) {
    case HN_ACT_SIGMOID:
        return vf_sigmoid_fused(x);
    case HN_ACT_SILU:
        return vf_mul(x, vf_sigmoid_fused(x));
    case HN_ACT_HARD_SWISH: {
        const vf y = vf_clamp(vf_add(x, vf_set(3.0f)), vf_set(0.0f), vf_set(6.0f));
        return vf_mul(vf_mul(x, y), vf_set(1.0f / 6.0f));
    }
    case HN_ACT_LEAKY_RELU:
        return vf_if_less(x, vf_set(0.0f), vf_mul(x, vf_set(alpha)), x);
    default:
        return x;
    }
}

#endif
