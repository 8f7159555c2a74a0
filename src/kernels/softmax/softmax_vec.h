/* SPDX-License-Identifier: Apache-2.0
 * Float softmax of contiguous rows, whatever the vector length. Exponentials are fused, their sum
 * is made lane by lane, then across the lanes. */
#ifndef HN_KERNELS_SOFTMAX_VEC_H
#define HN_KERNELS_SOFTMAX_VEC_H

#include "core/math.h"
#include "kernels/softmax/softmax.h"
#include "kernels/vec/vec_fused.h"

static inline float softmax_vec_top(const float *in, int32_t n) {
    vf top = vf_set(in[0]);
    int32_t i = 0;
    for (; i + VN <= n; i += VN) top = vf_max(vf_load(in + i), top);
    float most = vf_top(top);
    for (; i < n; ++i) most = in[i] > most ? in[i] : most;
    return most;
}

/* What the row's elements become before the sum is known; returns the sum of exponentials. */
static inline float softmax_vec_exp(const hn_softmax_args *a, const float *in, float *out) {
    const vf top = vf_set(softmax_vec_top(in, a->n)), beta = vf_set(a->beta);
    vf sum = vf_set(0.0f);
    int32_t i = 0;
    for (; i + VN <= a->n; i += VN) {
        const vf t = vf_mul(vf_sub(vf_load(in + i), top), beta), e = vf_exp_fused(t);
        vf_store(out + i, a->is_log ? t : e);
        sum = vf_add(sum, e);
    }
    if (i < a->n) {
        const int32_t n = a->n - i;
        const vf t = vf_mul(vf_sub(vf_load_n(in + i, n), top), beta), e = vf_exp_fused(t);
        vf_store_n(out + i, a->is_log ? t : e, n);
        sum = vf_add(sum, vf_first(e, n));
    }
    return vf_sum(sum);
}

static inline void softmax_vec_row(const hn_softmax_args *a, const float *in, float *out) {
    const float sum = softmax_vec_exp(a, in, out);
    const vf by = vf_set(a->is_log ? hn_log(sum) : 1.0f / sum);
    int32_t i = 0;
    for (; i + VN <= a->n; i += VN) {
        const vf x = vf_load(out + i);
        vf_store(out + i, a->is_log ? vf_sub(x, by) : vf_mul(x, by));
    }
    if (i >= a->n) return;
    const vf x = vf_load_n(out + i, a->n - i);
    vf_store_n(out + i, a->is_log ? vf_sub(x, by) : vf_mul(x, by), a->n - i);
}

static void softmax_vec_f32(const hn_softmax_args *a, void *const *buf, const hn_work *w) {
    for (uint32_t u = w->begin; u < w->end && a->n > 0; ++u) {
        const size_t at = (size_t)u * (size_t)a->n;
        softmax_vec_row(a, (const float *)buf[HN_SOFTMAX_IN] + at,
                        (float *)buf[HN_SOFTMAX_OUT] + at);
    }
}

#endif
