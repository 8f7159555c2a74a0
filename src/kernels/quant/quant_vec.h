/* SPDX-License-Identifier: Apache-2.0
 * Quantize and dequantize, whatever the vector length, with the bits of the portable form. Runs are
 * those of one channel, or, where channels are last, of consecutive ones, whose scales and zero
 * points are loaded beside the elements. */
#ifndef HN_KERNELS_QUANT_VEC_H
#define HN_KERNELS_QUANT_VEC_H

#include "kernels/quant/quant.h"
#include "kernels/vec/vec_round.h"

/* Elements at, n of them, of channel `channel` or, with step 1, of that and the next ones. */
typedef struct quant_span {
    uint32_t at, n, channel, step;
} quant_span;

static inline quant_span quant_span_at(const hn_quant_args *a, uint32_t at, uint32_t end) {
    const uint32_t inner = (uint32_t)a->inner, channels = (uint32_t)a->channels;
    quant_span s = {at, end - at, 0, inner == 1 && channels > 1 ? 1 : 0};
    if (channels == 1) return s;
    s.channel = at / inner % channels;
    const uint32_t left = s.step == 1 ? channels - s.channel : inner - at % inner;
    if (left < s.n) s.n = left;
    return s;
}

/* The scale and zero point of up to VN elements, the first of them number i of the span. */
HN_INLINE vf quant_scale(const quant_span *s, void *const *buf, uint32_t i, int32_t n) {
    const float *scale = (const float *)buf[HN_QUANT_SCALE] + s->channel;
    return s->step == 0 ? vf_set(*scale) : vf_load_n(scale + i, n);
}

HN_INLINE vi quant_zero(const quant_span *s, void *const *buf, uint32_t i, int32_t n) {
    const int32_t *zero = (const int32_t *)buf[HN_QUANT_ZERO] + s->channel;
    const vi z = s->step == 0 ? vi_set(*zero) : vi_load_n(zero + i, n);
    return vi_clamp(z, vi_set(-(1 << 30)), vi_set(1 << 30));
}

HN_INLINE vi quant_lanes(const hn_quant_args *a, vf x, vf scale, vi zero) {
    const vf v = vf_limit_small(vf_div(x, scale));
    const vi q = a->arith == HN_ARITH_RNE ? vi_nearest(v) : vi_away(v);
    return vi_clamp(vi_add(q, zero), vi_set(a->act_min), vi_set(a->act_max));
}

static inline void quant_to_8(const hn_quant_args *a, void *const *buf, const quant_span *s) {
    const float *in = (const float *)buf[HN_QUANT_IN] + s->at;
    uint8_t *out = (uint8_t *)buf[HN_QUANT_OUT] + s->at;
    uint32_t i = 0;
    for (; i + VN <= s->n; i += VN)
        vi_store_8(out + i, quant_lanes(a, vf_load(in + i), quant_scale(s, buf, i, VN),
                                        quant_zero(s, buf, i, VN)));
    const int32_t n = (int32_t)(s->n - i);
    if (n > 0)
        vi_store_8_n(out + i,
                     quant_lanes(a, vf_load_n(in + i, n), quant_scale(s, buf, i, n),
                                 quant_zero(s, buf, i, n)),
                     n);
}

HN_INLINE void quant_from_8(void *const *buf, const quant_span *s, bool is_signed) {
    const uint8_t *in = (const uint8_t *)buf[HN_QUANT_IN] + s->at;
    float *out = (float *)buf[HN_QUANT_OUT] + s->at;
    uint32_t i = 0;
    for (; i + VN <= s->n; i += VN) {
        const vi q = vi_sub(vi_load_8(in + i, is_signed), quant_zero(s, buf, i, VN));
        vf_store(out + i, vf_mul(vf_of_int(q), quant_scale(s, buf, i, VN)));
    }
    const int32_t n = (int32_t)(s->n - i);
    if (n <= 0) return;
    const vi q = vi_sub(vi_load_8_n(in + i, is_signed, n), quant_zero(s, buf, i, n));
    vf_store_n(out + i, vf_mul(vf_of_int(q), quant_scale(s, buf, i, n)), n);
}

typedef enum quant_way { QUANT_TO, QUANT_FROM_SIGNED, QUANT_FROM_UNSIGNED } quant_way;

HN_INLINE void quant_vec(const hn_quant_args *a, void *const *buf, const hn_work *w,
                         quant_way way) {
    const uint32_t n = (uint32_t)a->outer * (uint32_t)a->channels * (uint32_t)a->inner;
    const uint32_t end = w->end * HN_QUANT_BLOCK < n ? w->end * HN_QUANT_BLOCK : n;
    for (uint32_t at = w->begin * HN_QUANT_BLOCK; at < end;) {
        const quant_span s = quant_span_at(a, at, end);
        if (way == QUANT_TO)
            quant_to_8(a, buf, &s);
        else
            quant_from_8(buf, &s, way == QUANT_FROM_SIGNED);
        at += s.n;
    }
}

#endif
