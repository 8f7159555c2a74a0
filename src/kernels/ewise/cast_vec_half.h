/* SPDX-License-Identifier: Apache-2.0
 * Floats as halves and back, whatever the vector length: by instructions that convert. They change
 * bits of a NaN, so a vector that has one goes by the portable functions: the bits are theirs. */
#ifndef HN_KERNELS_EWISE_CAST_VEC_HALF_H
#define HN_KERNELS_EWISE_CAST_VEC_HALF_H

#include "core/half.h"
#include "kernels/ewise/ewise.h"

HN_INLINE bool cast_has_nan(vf x) {
    const vi size = vi_and(vi_of_bits(x), vi_set(0x7fffffff));
    return vi_any_above(size, vi_set(0x7f800000));
}

/* Elements begin..end of the units of a call. */
static inline void cast_half_range(const hn_cast_args *a, const hn_work *w, size_t range[2]) {
    const size_t n = (size_t)a->n, end = (size_t)w->end * HN_EWISE_BLOCK;
    range[0] = (size_t)w->begin * HN_EWISE_BLOCK;
    range[1] = end < n ? end : n;
}

static void cast_narrow(const hn_cast_args *a, void *const *buf, const hn_work *w) {
    const float *in = (const float *)buf[HN_CAST_IN];
    uint16_t *out = (uint16_t *)buf[HN_CAST_OUT];
    size_t range[2];
    cast_half_range(a, w, range);
    for (size_t i = range[0]; i < range[1]; i += VN) {
        const size_t left = range[1] - i, n = left < VN ? left : VN;
        if (n == VN && !cast_has_nan(vf_load(in + i)))
            vf_store_half(out + i, vf_load(in + i));
        else
            for (size_t k = i; k < i + n; ++k) out[k] = hn_f16_of_f32(in[k]);
    }
}

static void cast_widen(const hn_cast_args *a, void *const *buf, const hn_work *w) {
    const uint16_t *in = (const uint16_t *)buf[HN_CAST_IN];
    float *out = (float *)buf[HN_CAST_OUT];
    size_t range[2];
    cast_half_range(a, w, range);
    for (size_t i = range[0]; i < range[1]; i += VN) {
        const size_t left = range[1] - i, n = left < VN ? left : VN;
        if (n == VN && !cast_has_nan(vf_load_half(in + i)))
            vf_store(out + i, vf_load_half(in + i));
        else
            for (size_t k = i; k < i + n; ++k) out[k] = hn_f32_of_f16(in[k]);
    }
}

#endif
