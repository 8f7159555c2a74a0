/* SPDX-License-Identifier: Apache-2.0
 * Normalisation: the definition and the portable form. The variance is made of differences to the
 * mean in a second walk, because a difference of sums would lose most of its bits. */
#include <stdbool.h>

#include "core/assume.h"
#include "core/fixed.h"
#include "core/math.h"
#include "kernels/norm/norm.h"

enum { NORM_LANES = 8 };

/* Adds x - shift, or its square, of all elements of a group; in points to the first. */
static inline float norm_sum(const hn_norm_args *a, const float *in, float shift, bool squared) {
    float lane[NORM_LANES] = {0};
    const intptr_t step = a->red_rank > 0 ? a->red_stride[a->red_rank - 1] : 0;
    hn_walk w;
    hn_walk_begin(&w, a->red_rank, a->red_dim, a->red_stride, 0);
    for (uint32_t done = 0; done < (uint32_t)a->n_red;) {
        const uint32_t run = hn_walk_run(&w, a->red_rank, a->red_dim, (uint32_t)a->n_red - done);
        const float *from = in + w.offset;
        uint32_t i = 0;
        for (; i + NORM_LANES <= run; i += NORM_LANES) {
            for (uint32_t k = 0; k < NORM_LANES; k++) {
                const float d = from[(intptr_t)(i + k) * step] - shift;
                lane[k] += squared ? d * d : d;
            }
        }
        for (; i < run; i++) {
            const float d = from[(intptr_t)i * step] - shift;
            lane[i % NORM_LANES] += squared ? d * d : d;
        }
        hn_walk_advance(&w, a->red_rank, a->red_dim, a->red_stride, run);
        done += run;
    }
    float sum = 0.0f;
    for (uint32_t k = 0; k < NORM_LANES; k++) sum += lane[k];
    return sum;
}

/* (x - mean) * factor * scale + bias over a group. scale and bias are NULL or the group's own. */
static inline void norm_write(const hn_norm_args *a, const float *in, float *out, float mean,
                              float factor, const float *scale, const float *bias) {
    hn_walk w, p;
    const int32_t last = a->red_rank - 1;
    const intptr_t step = a->red_rank > 0 ? a->red_stride[last] : 0;
    const intptr_t next = a->red_rank > 0 ? a->red_parameter[last] : 0;
    hn_walk_begin(&w, a->red_rank, a->red_dim, a->red_stride, 0);
    hn_walk_begin(&p, a->red_rank, a->red_dim, a->red_parameter, 0);
    for (uint32_t done = 0; done < (uint32_t)a->n_red;) {
        const uint32_t run = hn_walk_run(&w, a->red_rank, a->red_dim, (uint32_t)a->n_red - done);
        for (uint32_t i = 0; i < run; i++) {
            const intptr_t at = w.offset + (intptr_t)i * step;
            const intptr_t of = p.offset + (intptr_t)i * next;
            float v = (in[at] - mean) * factor;
            if (scale != 0) v *= scale[of];
            if (bias != 0) v += bias[of];
            out[at] = v;
        }
        hn_walk_advance(&w, a->red_rank, a->red_dim, a->red_stride, run);
        hn_walk_advance(&p, a->red_rank, a->red_dim, a->red_parameter, run);
        done += run;
    }
}

#include "kernels/norm/norm_groups.h"

HN_KERNEL(hn_norm_f32_c) {
    norm_f32_all((const hn_norm_args *)args, buf, w);
}

/* ---- LiteRT's integers ---- */

HN_INLINE int32_t norm_number(const void *in, intptr_t at, bool is_signed) {
    return is_signed ? ((const int8_t *)in)[at] : ((const uint8_t *)in)[at];
}

/* Groups of integers are rows: one reduced dimension. */
HN_INLINE void norm_length_q8(const hn_norm_args *a, void *const *buf, const hn_work *w,
                              bool is_signed) {
    const intptr_t step = a->red_rank > 0 ? a->red_stride[0] : 0;
    hn_walk row;
    hn_walk_begin(&row, a->out_rank, a->out_dim, a->out_stride, w->begin);
    for (uint32_t u = w->begin; u < w->end; u++) {
        int32_t sum = 0, multiplier, shift;
        for (intptr_t i = 0; i < a->n_red; i++) {
            const int32_t d = norm_number(buf[HN_NORM_IN], row.offset + i * step, is_signed);
            const int32_t q = d - a->in_zero;
            sum = (int32_t)((uint32_t)sum + (uint32_t)(q * q));
        }
        hn_inverse_sqrt_q31(sum < 0 ? INT32_MAX : sum, &multiplier, &shift);
        for (intptr_t i = 0; i < a->n_red; i++) {
            const intptr_t at = row.offset + i * step;
            const int32_t q = norm_number(buf[HN_NORM_IN], at, is_signed) - a->in_zero;
            const int32_t v = is_signed ? hn_requant_q31(q, multiplier, 7 - shift)
                                        : hn_requant_q31(128 * q, multiplier, -shift);
            if (is_signed) {
                ((int8_t *)buf[HN_NORM_OUT])[at] = (int8_t)hn_clamp_s32(v, -128, 127);
            } else {
                ((uint8_t *)buf[HN_NORM_OUT])[at] = (uint8_t)hn_clamp_s32(v + 128, 0, 255);
            }
        }
        hn_walk_advance(&row, a->out_rank, a->out_dim, a->out_stride, 1);
    }
}

HN_KERNEL(hn_norm_s8_c) {
    norm_length_q8(args, buf, w, true);
}

HN_KERNEL(hn_norm_u8_c) {
    norm_length_q8(args, buf, w, false);
}

/* ---- local response ---- */

static inline float norm_power(float v, float beta) {
    if (beta == 0.5f) return hn_rsqrt(v);
    if (beta == 1.0f) return 1.0f / v;
    if (beta == 0.75f) {
        const float root = hn_rsqrt(v);
        return root * hn_sqrt(root);
    }
    return hn_pow(v, -beta);
}

HN_KERNEL(hn_lrn_f32_c) {
    const hn_lrn_args *a = args;
    const intptr_t step = a->inner;
    for (uint32_t u = w->begin; u < w->end; u++) {
        const uint32_t inner = (uint32_t)a->inner;
        const intptr_t at = (intptr_t)(u / inner) * a->n * step + (intptr_t)(u % inner);
        const float *in = (const float *)buf[HN_LRN_IN] + at;
        float *out = (float *)buf[HN_LRN_OUT] + at;
        for (int32_t c = 0; c < a->n; c++) {
            const int32_t first = c > a->before ? c - a->before : 0;
            const int32_t last = a->n - 1 - c > a->after ? c + a->after : a->n - 1;
            float sum = 0.0f;
            for (int32_t k = first; k <= last; k++) {
                const float x = in[(intptr_t)k * step];
                sum += x * x;
            }
            out[(intptr_t)c * step] =
                in[(intptr_t)c * step] * norm_power(a->bias + a->alpha * sum, a->beta);
        }
    }
}
