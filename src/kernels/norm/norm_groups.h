/* SPDX-License-Identifier: Apache-2.0
 * Float normalisation, group by group. The includer has defined norm_sum, which adds up a group,
 * and norm_write, which scales and shifts it. */
#ifndef HN_KERNELS_NORM_GROUPS_H
#define HN_KERNELS_NORM_GROUPS_H

#include "core/assume.h"
#include "core/math.h"
#include "kernels/norm/norm.h"

static inline float norm_factor(const hn_norm_args *a, const float *in, float mean) {
    const float n = (float)a->n_red;
    const float squares = norm_sum(a, in, mean, true);
    if (a->kind != HN_NORM_LENGTH) return 1.0f / hn_sqrt(squares / n + a->epsilon);
    const float length = hn_sqrt(squares);
    const float bounded = length > a->epsilon ? length : a->epsilon;
    return bounded == 0.0f ? 0.0f : 1.0f / bounded;
}

static inline void norm_f32_all(const hn_norm_args *a, void *const *buf, const hn_work *w) {
    const float *scale = buf[HN_NORM_SCALE], *bias = buf[HN_NORM_BIAS];
    float *means = buf[HN_NORM_MEAN], *factors = buf[HN_NORM_FACTOR];
    hn_walk at, of;
    hn_walk_begin(&at, a->out_rank, a->out_dim, a->out_stride, w->begin);
    hn_walk_begin(&of, a->out_rank, a->out_dim, a->out_parameter, w->begin);
    for (uint32_t u = w->begin; u < w->end; u++) {
        const float *in = (const float *)buf[HN_NORM_IN] + at.offset;
        float *out = (float *)buf[HN_NORM_OUT] + at.offset;
        const bool is_centred = a->kind == HN_NORM_VARIANCE;
        const float mean = is_centred ? norm_sum(a, in, 0.0f, false) / (float)a->n_red : 0.0f;
        const float factor = norm_factor(a, in, mean);
        norm_write(a, in, out, mean, factor, scale != 0 ? scale + of.offset : 0,
                   bias != 0 ? bias + of.offset : 0);
        if (means != 0) means[u] = mean;
        if (factors != 0) factors[u] = factor;
        hn_walk_advance(&at, a->out_rank, a->out_dim, a->out_stride, 1);
        hn_walk_advance(&of, a->out_rank, a->out_dim, a->out_parameter, 1);
    }
}

#endif
