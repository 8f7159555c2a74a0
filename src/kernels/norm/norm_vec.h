/* SPDX-License-Identifier: Apache-2.0
 * Float normalisation of groups that lie side by side, whatever the vector length. Sums are made
 * lane by lane in two vectors, products are fused. */
#ifndef HN_KERNELS_NORM_VEC_H
#define HN_KERNELS_NORM_VEC_H

#include <stdbool.h>

#include "kernels/norm/norm.h"

static float norm_sum(const hn_norm_args *a, const float *in, float shift, bool squared) {
    const vf minus = vf_set(shift);
    vf sum[2] = {vf_set(0.0f), vf_set(0.0f)};
    int32_t i = 0;
    for (; i + 2 * VN <= a->n_red; i += 2 * VN)
        for (int v = 0; v < 2; ++v) {
            const vf d = vf_sub(vf_load(in + i + v * VN), minus);
            sum[v] = squared ? vf_fma(d, d, sum[v]) : vf_add(sum[v], d);
        }
    for (; i < a->n_red; i += VN) {
        const int32_t n = a->n_red - i < VN ? a->n_red - i : VN;
        const vf d = vf_first(vf_sub(vf_load_n(in + i, n), minus), n);
        sum[0] = squared ? vf_fma(d, d, sum[0]) : vf_add(sum[0], d);
    }
    return vf_sum(vf_add(sum[0], sum[1]));
}

static void norm_write(const hn_norm_args *a, const float *in, float *out, float mean, float factor,
                       const float *scale, const float *bias) {
    const vf minus = vf_set(mean), by = vf_set(factor);
    for (int32_t i = 0; i < a->n_red; i += VN) {
        const int32_t n = a->n_red - i < VN ? a->n_red - i : VN;
        vf v = vf_mul(vf_sub(vf_load_n(in + i, n), minus), by);
        if (scale != 0) v = vf_mul(v, vf_load_n(scale + i, n));
        if (bias != 0) v = vf_add(v, vf_load_n(bias + i, n));
        vf_store_n(out + i, v, n);
    }
}

#include "kernels/norm/norm_groups.h"

#endif
