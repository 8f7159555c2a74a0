/* SPDX-License-Identifier: Apache-2.0
 * Reductions, whatever the vector length, with the bits of the portable form. Outputs lie along the
 * vector, so that each adds its elements in order. Where they are neighbours in the input (a mean
 * over height and width of NHWC) that is how they are loaded; where the reduced elements are
 * neighbours instead, squares of the input are transposed on the way. */
#ifndef HN_KERNELS_REDUCE_VEC_H
#define HN_KERNELS_REDUCE_VEC_H

#include <stdbool.h>

#include "core/math.h"
#include "kernels/reduce/reduce.h"

HN_INLINE vf reduce_vec_join(int32_t kind, vf sum, vf x) {
    if (kind == HN_REDUCE_MAX) return vf_if_nan(x, x, vf_if_less(sum, x, x, sum));
    if (kind == HN_REDUCE_MIN) return vf_if_nan(x, x, vf_if_less(x, sum, x, sum));
    return vf_add(sum, x);
}

HN_INLINE vf reduce_vec_start(int32_t kind) {
    if (kind == HN_REDUCE_MAX) return vf_set(-hn_infinity());
    return vf_set(kind == HN_REDUCE_MIN ? hn_infinity() : 0.0f);
}

/* n neighbouring outputs, n <= wide * VN; all vectors but the last are whole. */
HN_INLINE void reduce_vec_near(const hn_reduce_args *a, const float *in, float *out, int32_t n,
                               int wide, int32_t kind) {
    const intptr_t step = a->red_rank > 0 ? a->red_stride[a->red_rank - 1] : 0;
    const int32_t rest = n - (wide - 1) * VN;
    vf sum[4];
    for (int v = 0; v < wide; ++v) sum[v] = reduce_vec_start(kind);
    hn_walk w;
    hn_walk_begin(&w, a->red_rank, a->red_dim, a->red_stride, 0);
    for (uint32_t done = 0; done < (uint32_t)a->n_red;) {
        const uint32_t run = hn_walk_run(&w, a->red_rank, a->red_dim, (uint32_t)a->n_red - done);
        const float *from = in + w.offset;
        for (uint32_t i = 0; i < run; ++i, from += step)
            for (int v = 0; v < wide; ++v) {
                const bool is_part = v + 1 == wide && rest < VN;
                const vf x = is_part ? vf_load_n(from + v * VN, rest) : vf_load(from + v * VN);
                sum[v] = reduce_vec_join(kind, sum[v], x);
            }
        hn_walk_advance(&w, a->red_rank, a->red_dim, a->red_stride, run);
        done += run;
    }
    for (int v = 0; v < wide; ++v) {
        const vf y = a->kind == HN_REDUCE_MEAN ? vf_div(sum[v], vf_set((float)a->n_red)) : sum[v];
        vf_store_n(out + v * VN, y, v + 1 < wide ? VN : rest);
    }
}

/* n <= VN outputs, `step` elements apart in the input; what they reduce is contiguous there. */
HN_INLINE void reduce_vec_across(const hn_reduce_args *a, const float *in, intptr_t step,
                                 float *out, int32_t n, int32_t kind) {
    float square[VN * VN];
    vf sum = reduce_vec_start(kind);
    hn_walk w;
    hn_walk_begin(&w, a->red_rank, a->red_dim, a->red_stride, 0);
    for (uint32_t done = 0; done < (uint32_t)a->n_red;) {
        const uint32_t run = hn_walk_run(&w, a->red_rank, a->red_dim, (uint32_t)a->n_red - done);
        const float *from = in + w.offset;
        uint32_t i = 0;
        for (; n == VN && i + VN <= run; i += VN) {
            vf_transpose(from + i, (size_t)step, square, VN);
            for (int j = 0; j < VN; ++j) sum = reduce_vec_join(kind, sum, vf_load(square + j * VN));
        }
        for (; i < run; ++i) {
            for (int32_t j = 0; j < n; ++j) square[j] = from[i + (size_t)j * (size_t)step];
            sum = reduce_vec_join(kind, sum, vf_load_n(square, n));
        }
        hn_walk_advance(&w, a->red_rank, a->red_dim, a->red_stride, run);
        done += run;
    }
    vf_store_n(out, a->kind == HN_REDUCE_MEAN ? vf_div(sum, vf_set((float)a->n_red)) : sum, n);
}

HN_INLINE vi reduce_vec_join_8(int32_t kind, vi sum, vi x) {
    if (kind == HN_REDUCE_MAX) return vi_max(x, sum);
    return kind == HN_REDUCE_MIN ? vi_min(x, sum) : vi_add(sum, x);
}

HN_INLINE vi reduce_vec_finish_8(const hn_reduce_args *a, vi sum, bool is_signed) {
    const vi low = vi_set(is_signed ? -128 : 0), high = vi_set(is_signed ? 127 : 255);
    if (a->kind != HN_REDUCE_SUM && a->kind != HN_REDUCE_MEAN) return vi_clamp(sum, low, high);
    const int32_t zeros = (int32_t)((uint32_t)a->n_red * (uint32_t)a->in_zero);
    const vi d = vi_sub(sum, vi_set(zeros));
    const vi q = a->arith == HN_ARITH_RNE ? vi_round(vf_mul(vf_of_int(d), vf_set(a->scale)))
                                          : v_q31(d, vi_set(a->multiplier), vi_set(a->shift));
    const vi limited = vi_clamp(q, vi_set(-(1 << 30)), vi_set(1 << 30));
    return vi_clamp(vi_add(limited, vi_set(a->out_zero)), low, high);
}

/* n <= VN neighbouring outputs of bytes. */
HN_INLINE void reduce_vec_near_8(const hn_reduce_args *a, const uint8_t *in, uint8_t *out,
                                 int32_t n, int32_t kind, bool is_signed) {
    const intptr_t step = a->red_rank > 0 ? a->red_stride[a->red_rank - 1] : 0;
    vi sum = vi_set(kind == HN_REDUCE_MAX ? INT32_MIN : kind == HN_REDUCE_MIN ? INT32_MAX : 0);
    hn_walk w;
    hn_walk_begin(&w, a->red_rank, a->red_dim, a->red_stride, 0);
    for (uint32_t done = 0; done < (uint32_t)a->n_red;) {
        const uint32_t run = hn_walk_run(&w, a->red_rank, a->red_dim, (uint32_t)a->n_red - done);
        const uint8_t *from = in + w.offset;
        for (uint32_t i = 0; i < run; ++i, from += step) {
            const vi x = n < VN ? vi_load_8_n(from, is_signed, n) : vi_load_8(from, is_signed);
            sum = reduce_vec_join_8(kind, sum, x);
        }
        hn_walk_advance(&w, a->red_rank, a->red_dim, a->red_stride, run);
        done += run;
    }
    vi_store_8_n(out, reduce_vec_finish_8(a, sum, is_signed), n);
}

/* A piece of at most 4 * VN outputs, VN of bytes, along the last output dimension. */
HN_INLINE void reduce_vec_piece(const hn_reduce_args *a, void *const *buf, intptr_t from,
                                uint32_t at, int32_t n, int32_t kind) {
    const float *in = (const float *)buf[HN_REDUCE_IN] + from;
    float *out = (float *)buf[HN_REDUCE_OUT] + at;
    const intptr_t step = a->out_rank > 0 ? a->out_stride[a->out_rank - 1] : 0;
    if (step == 1 || n == 1) {
        if (n > 3 * VN)
            reduce_vec_near(a, in, out, n, 4, kind);
        else
            for (int32_t i = 0; i < n; i += VN)
                reduce_vec_near(a, in + i, out + i, n - i < VN ? n - i : VN, 1, kind);
        return;
    }
    for (int32_t i = 0; i < n; i += VN)
        reduce_vec_across(a, in + (intptr_t)i * step, step, out + i, n - i < VN ? n - i : VN, kind);
}

HN_INLINE void reduce_vec_all(const hn_reduce_args *a, void *const *buf, const hn_work *w,
                              int32_t kind, char type) {
    const uint32_t n_out = (uint32_t)a->n_out;
    const uint32_t end = w->end * HN_REDUCE_BLOCK < n_out ? w->end * HN_REDUCE_BLOCK : n_out;
    const uint32_t most = type == 'f' ? 4 * VN : VN;
    hn_walk walk;
    uint32_t at = w->begin * HN_REDUCE_BLOCK;
    hn_walk_begin(&walk, a->out_rank, a->out_dim, a->out_stride, at);
    while (at < end) {
        const uint32_t left = end - at < most ? end - at : most;
        const uint32_t run =
            a->out_rank > 0 ? hn_walk_run(&walk, a->out_rank, a->out_dim, left) : 1;
        if (type == 'f')
            reduce_vec_piece(a, buf, walk.offset, at, (int32_t)run, kind);
        else
            reduce_vec_near_8(a, (const uint8_t *)buf[HN_REDUCE_IN] + walk.offset,
                              (uint8_t *)buf[HN_REDUCE_OUT] + at, (int32_t)run, kind, type == 's');
        hn_walk_advance(&walk, a->out_rank, a->out_dim, a->out_stride, run);
        at += run;
    }
}

/* The kinds have a loop each; a mean is a sum until it is stored. */
HN_INLINE void reduce_vec(const hn_reduce_args *a, void *const *buf, const hn_work *w, char type) {
    if (a->kind == HN_REDUCE_MAX)
        reduce_vec_all(a, buf, w, HN_REDUCE_MAX, type);
    else if (a->kind == HN_REDUCE_MIN)
        reduce_vec_all(a, buf, w, HN_REDUCE_MIN, type);
    else
        reduce_vec_all(a, buf, w, HN_REDUCE_SUM, type);
}

#endif
