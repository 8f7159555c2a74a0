/* SPDX-License-Identifier: Apache-2.0
 * Reductions: the definition and the portable form. Where a block's outputs are neighbours in the
 * input too (a mean over height and width of NHWC), all its accumulators advance together over
 * contiguous memory; else each output is reduced by itself. Both add in the same order, so it does
 * not matter which one a block takes. */
#include <stdbool.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/reduce/reduce.h"

static inline float reduce_start_f32(int32_t kind) {
    if (kind == HN_REDUCE_MAX) return -hn_infinity();
    if (kind == HN_REDUCE_MIN) return hn_infinity();
    return kind == HN_REDUCE_PROD ? 1.0f : 0.0f;
}

static inline float reduce_join_f32(int32_t kind, float sum, float x) {
    if (kind == HN_REDUCE_MAX) return x > sum || x != x ? x : sum;
    if (kind == HN_REDUCE_MIN) return x < sum || x != x ? x : sum;
    return kind == HN_REDUCE_PROD ? sum * x : sum + x;
}

/* n neighbouring outputs, n <= HN_REDUCE_BLOCK, the first from the elements at in[...]. */
static inline void reduce_block_f32(const hn_reduce_args *a, const float *in, float *out,
                                    uint32_t n) {
    float sum[HN_REDUCE_BLOCK];
    const intptr_t step = a->red_rank > 0 ? a->red_stride[a->red_rank - 1] : 0;
    for (uint32_t k = 0; k < n; k++) sum[k] = reduce_start_f32(a->kind);
    hn_walk w;
    hn_walk_begin(&w, a->red_rank, a->red_dim, a->red_stride, 0);
    for (uint32_t done = 0; done < (uint32_t)a->n_red;) {
        const uint32_t left = (uint32_t)a->n_red - done;
        const uint32_t run = hn_walk_run(&w, a->red_rank, a->red_dim, left);
        for (uint32_t i = 0; i < run; i++) {
            const float *from = in + w.offset + (intptr_t)i * step;
            for (uint32_t k = 0; k < n; k++) sum[k] = reduce_join_f32(a->kind, sum[k], from[k]);
        }
        hn_walk_advance(&w, a->red_rank, a->red_dim, a->red_stride, run);
        done += run;
    }
    for (uint32_t k = 0; k < n; k++)
        out[k] = a->kind == HN_REDUCE_MEAN ? sum[k] / (float)a->n_red : sum[k];
}

/* What the elements are. */
typedef enum reduce_type {
    REDUCE_F32,
    REDUCE_S8,
    REDUCE_U8,
    REDUCE_S16,
    REDUCE_S32,
    REDUCE_S64
} reduce_type;

static inline int32_t reduce_start_q(int32_t kind) {
    if (kind == HN_REDUCE_MAX) return INT32_MIN;
    return kind == HN_REDUCE_MIN ? INT32_MAX : 0;
}

static inline int32_t reduce_join_q(int32_t kind, int32_t sum, int32_t x) {
    if (kind == HN_REDUCE_MAX) return x > sum ? x : sum;
    if (kind == HN_REDUCE_MIN) return x < sum ? x : sum;
    return (int32_t)((uint32_t)sum + (uint32_t)x);
}

static inline int32_t reduce_finish_q(const hn_reduce_args *a, int32_t sum, int32_t low,
                                      int32_t high) {
    if (a->kind == HN_REDUCE_MAX || a->kind == HN_REDUCE_MIN) return hn_clamp_s32(sum, low, high);
    if (a->n_red == 0 && a->kind == HN_REDUCE_MEAN) return 0;
    if (a->kind == HN_REDUCE_PROD) {
        const int32_t q = hn_requant_wide(sum, a->multiplier, a->shift);
        return hn_clamp_s32((int32_t)((uint32_t)q + (uint32_t)a->out_zero), low, high);
    }
    const uint32_t zeros = (uint32_t)a->n_red * (uint32_t)a->in_zero;
    const int32_t d = (int32_t)((uint32_t)sum - zeros);
    const int32_t q = a->arith == HN_ARITH_RNE ? hn_round_even((float)d * a->scale)
                                               : hn_requant_q31(d, a->multiplier, a->shift);
    return hn_clamp_s32(hn_clamp_s32(q, -(1 << 30), 1 << 30) + a->out_zero, low, high);
}

HN_INLINE int32_t reduce_load_q(const void *in, intptr_t at, reduce_type type) {
    if (type == REDUCE_S16) return ((const int16_t *)in)[at];
    return type == REDUCE_S8 ? ((const int8_t *)in)[at] : ((const uint8_t *)in)[at];
}

/* Each product is scaled at once, so that it stays small. */
static inline int32_t reduce_multiply_q(const hn_reduce_args *a, int32_t product, int32_t x,
                                        bool is_first) {
    x -= a->in_zero;
    if (is_first) return x;
    return hn_requant_wide((int64_t)product * x, a->multiplier, a->shift);
}

HN_INLINE void reduce_block_q(const hn_reduce_args *a, const void *in, intptr_t at, void *out,
                              uint32_t at_out, uint32_t n, reduce_type type) {
    int32_t sum[HN_REDUCE_BLOCK];
    const intptr_t step = a->red_rank > 0 ? a->red_stride[a->red_rank - 1] : 0;
    for (uint32_t k = 0; k < n; k++) sum[k] = reduce_start_q(a->kind);
    hn_walk w;
    hn_walk_begin(&w, a->red_rank, a->red_dim, a->red_stride, 0);
    for (uint32_t done = 0; done < (uint32_t)a->n_red;) {
        const uint32_t left = (uint32_t)a->n_red - done;
        const uint32_t run = hn_walk_run(&w, a->red_rank, a->red_dim, left);
        for (uint32_t i = 0; i < run; i++) {
            const intptr_t from = at + w.offset + (intptr_t)i * step;
            for (uint32_t k = 0; k < n; k++) {
                const int32_t x = reduce_load_q(in, from + (intptr_t)k, type);
                sum[k] = a->kind == HN_REDUCE_PROD ? reduce_multiply_q(a, sum[k], x, done + i == 0)
                                                   : reduce_join_q(a->kind, sum[k], x);
            }
        }
        hn_walk_advance(&w, a->red_rank, a->red_dim, a->red_stride, run);
        done += run;
    }
    for (uint32_t k = 0; k < n; k++) {
        if (type == REDUCE_S8) {
            ((int8_t *)out)[at_out + k] = (int8_t)reduce_finish_q(a, sum[k], -128, 127);
        } else if (type == REDUCE_U8) {
            ((uint8_t *)out)[at_out + k] = (uint8_t)reduce_finish_q(a, sum[k], 0, 255);
        } else {
            ((int16_t *)out)[at_out + k] = (int16_t)reduce_finish_q(a, sum[k], -32768, 32767);
        }
    }
}

static inline int64_t reduce_start_int(int32_t kind, bool is_wide) {
    if (kind == HN_REDUCE_MAX) return is_wide ? INT64_MIN : INT32_MIN;
    if (kind == HN_REDUCE_MIN) return is_wide ? INT64_MAX : INT32_MAX;
    return kind == HN_REDUCE_PROD ? 1 : 0;
}

/* Wraps at 64 bits, and so at 32 where the result is stored. */
static inline int64_t reduce_join_int(int32_t kind, int64_t sum, int64_t x) {
    if (kind == HN_REDUCE_MAX) return x > sum ? x : sum;
    if (kind == HN_REDUCE_MIN) return x < sum ? x : sum;
    if (kind == HN_REDUCE_PROD) return (int64_t)((uint64_t)sum * (uint64_t)x);
    return (int64_t)((uint64_t)sum + (uint64_t)x);
}

static inline int64_t reduce_load_int(const void *in, intptr_t at, bool is_wide) {
    return is_wide ? ((const int64_t *)in)[at] : ((const int32_t *)in)[at];
}

HN_INLINE void reduce_block_int(const hn_reduce_args *a, const void *in, intptr_t at, void *out,
                                uint32_t out_at, uint32_t n, bool is_wide) {
    int64_t sum[HN_REDUCE_BLOCK];
    const intptr_t step = a->red_rank > 0 ? a->red_stride[a->red_rank - 1] : 0;
    for (uint32_t k = 0; k < n; k++) sum[k] = reduce_start_int(a->kind, is_wide);
    hn_walk w;
    hn_walk_begin(&w, a->red_rank, a->red_dim, a->red_stride, 0);
    for (uint32_t done = 0; done < (uint32_t)a->n_red;) {
        const uint32_t left = (uint32_t)a->n_red - done;
        const uint32_t run = hn_walk_run(&w, a->red_rank, a->red_dim, left);
        for (uint32_t i = 0; i < run; i++) {
            const intptr_t from = at + w.offset + (intptr_t)i * step;
            for (uint32_t k = 0; k < n; k++) {
                const int64_t x = reduce_load_int(in, from + (intptr_t)k, is_wide);
                sum[k] = reduce_join_int(a->kind, sum[k], x);
            }
        }
        hn_walk_advance(&w, a->red_rank, a->red_dim, a->red_stride, run);
        done += run;
    }
    for (uint32_t k = 0; k < n; k++) {
        if (a->kind == HN_REDUCE_MEAN && a->n_red > 0) sum[k] /= a->n_red;
        if (is_wide) {
            ((int64_t *)out)[out_at + k] = sum[k];
        } else {
            ((int32_t *)out)[out_at + k] = (int32_t)sum[k];
        }
    }
}

/* Calls a block function for each piece of outputs that are neighbours in the input. */
HN_INLINE void reduce_body(const hn_reduce_args *a, void *const *buf, const hn_work *w,
                           reduce_type type) {
    const uint32_t end = w->end * HN_REDUCE_BLOCK < (uint32_t)a->n_out ? w->end * HN_REDUCE_BLOCK
                                                                       : (uint32_t)a->n_out;
    const bool is_near = a->out_rank > 0 && a->out_stride[a->out_rank - 1] == 1;
    const void *in = buf[HN_REDUCE_IN];
    uint32_t at = w->begin * HN_REDUCE_BLOCK;
    hn_walk walk;
    hn_walk_begin(&walk, a->out_rank, a->out_dim, a->out_stride, at);
    while (at < end) {
        const uint32_t most = end - at < HN_REDUCE_BLOCK ? end - at : HN_REDUCE_BLOCK;
        const uint32_t run =
            is_near ? hn_walk_run(&walk, a->out_rank, a->out_dim, most) : (uint32_t)1;
        if (type == REDUCE_F32) {
            reduce_block_f32(a, (const float *)in + walk.offset, (float *)buf[HN_REDUCE_OUT] + at,
                             run);
        } else if (type == REDUCE_S32 || type == REDUCE_S64) {
            reduce_block_int(a, in, walk.offset, buf[HN_REDUCE_OUT], at, run, type == REDUCE_S64);
        } else {
            reduce_block_q(a, in, walk.offset, buf[HN_REDUCE_OUT], at, run, type);
        }
        hn_walk_advance(&walk, a->out_rank, a->out_dim, a->out_stride, run);
        at += run;
    }
}

HN_KERNEL(hn_reduce_f32_c) {
    reduce_body(args, buf, w, REDUCE_F32);
}

HN_KERNEL(hn_reduce_s8_c) {
    reduce_body(args, buf, w, REDUCE_S8);
}

HN_KERNEL(hn_reduce_u8_c) {
    reduce_body(args, buf, w, REDUCE_U8);
}

HN_KERNEL(hn_reduce_s16_c) {
    reduce_body(args, buf, w, REDUCE_S16);
}

HN_KERNEL(hn_reduce_s32_c) {
    reduce_body(args, buf, w, REDUCE_S32);
}

HN_KERNEL(hn_reduce_s64_c) {
    reduce_body(args, buf, w, REDUCE_S64);
}
