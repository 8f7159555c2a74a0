/* SPDX-License-Identifier: Apache-2.0
 * Dynamic quantization, whatever the vector length, with the bits of the portable form. The
 * includer has included vec_<isa>.h. */
#ifndef HN_KERNELS_DYNQUANT_VEC_H
#define HN_KERNELS_DYNQUANT_VEC_H

#include "kernels/dynquant/dynquant_block.h"
#include "kernels/vec/vec_round.h"

static inline dynquant_range dynquant_vec_range(const float *x, int32_t n) {
    vf low = vf_set(0.0f), high = low;
    int32_t i = 0;
    for (; i + VN <= n; i += VN) {
        const vf v = vf_load(x + i);
        low = vf_if_less(v, low, v, low);
        high = vf_if_less(high, v, v, high);
    }
    if (i < n) {
        const vf v = vf_load_n(x + i, n - i);
        low = vf_if_less(v, low, v, low);
        high = vf_if_less(high, v, v, high);
    }
    const dynquant_range r = {0.0f - vf_top(vf_sub(vf_set(0.0f), low)), vf_top(high)};
    return r;
}

static inline void dynquant_vec_ranges(const hn_dynrange_args *a, void *const *buf,
                                       const hn_work *w) {
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const float *x = (const float *)buf[HN_DYNRANGE_IN] + (size_t)u * (size_t)a->n;
        int32_t *out = (int32_t *)buf[HN_DYNRANGE_OUT] + (size_t)u * HN_DYN_WORDS;
        dynquant_block(a->mode, dynquant_vec_range(x, a->n), out);
    }
}

/* What the elements of a row share. */
typedef struct dynquant_lanes {
    vf scale, factor, real_zero;
    vi zero;
} dynquant_lanes;

/* `mode` is constant where it is called. */
HN_INLINE vi dynquant_vec_of(const dynquant_lanes *s, int32_t mode, vf x) {
    if (mode == HN_DYN_ONNX) {
        const vi q = vi_nearest(vf_limit_small(vf_div(x, s->scale)));
        return vi_clamp(vi_add(q, s->zero), vi_set(0), vi_set(255));
    }
    vf v = vf_mul(x, s->factor);
    if (mode == HN_DYN_ASYMMETRIC) v = vf_add(s->real_zero, v);
    const int32_t low = mode == HN_DYN_ASYMMETRIC ? -128 : -127;
    return vi_clamp(vi_away(vf_limit_small(v)), vi_set(low), vi_set(127));
}

/* n elements of one row. */
HN_INLINE void dynquant_vec_run(int32_t mode, const float *x, const int32_t *block, uint32_t n,
                                uint8_t *out) {
    const int32_t zero = block[HN_DYN_ZERO];
    const dynquant_lanes s = {vf_set(hn_float_of_bits(block[HN_DYN_SCALE])),
                              vf_set(hn_float_of_bits(block[HN_DYN_FACTOR])), vf_set((float)zero),
                              vi_set(zero)};
    uint32_t i = 0;
    for (; i + VN <= n; i += VN) vi_store_8(out + i, dynquant_vec_of(&s, mode, vf_load(x + i)));
    const int32_t left = (int32_t)(n - i);
    if (left > 0) vi_store_8_n(out + i, dynquant_vec_of(&s, mode, vf_load_n(x + i, left)), left);
}

HN_INLINE void dynquant_vec_all(const hn_dynquant_args *a, void *const *buf, const hn_work *w,
                                int32_t mode) {
    const uint32_t n = (uint32_t)a->rows * (uint32_t)a->n;
    const uint32_t end = w->end * HN_DYN_BLOCK < n ? w->end * HN_DYN_BLOCK : n;
    uint32_t run;
    for (uint32_t at = w->begin * HN_DYN_BLOCK; at < end; at += run) {
        const uint32_t row = at / (uint32_t)a->n, left = (row + 1) * (uint32_t)a->n - at;
        run = left < end - at ? left : end - at;
        const int32_t *block = (const int32_t *)buf[HN_DYNQUANT_ROWS] + (size_t)row * HN_DYN_WORDS;
        dynquant_vec_run(mode, (const float *)buf[HN_DYNQUANT_IN] + at, block, run,
                         (uint8_t *)buf[HN_DYNQUANT_OUT] + at);
    }
}

static inline void dynquant_vec(const hn_dynquant_args *a, void *const *buf, const hn_work *w) {
    if (a->mode == HN_DYN_ONNX)
        dynquant_vec_all(a, buf, w, HN_DYN_ONNX);
    else if (a->mode == HN_DYN_ASYMMETRIC)
        dynquant_vec_all(a, buf, w, HN_DYN_ASYMMETRIC);
    else
        dynquant_vec_all(a, buf, w, HN_DYN_SYMMETRIC);
}

#endif
