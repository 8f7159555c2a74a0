/* SPDX-License-Identifier: Apache-2.0
 * Quantize and dequantize: the definition and the portable form. Elements are taken in runs that
 * share a channel, or, where channels are last, in runs of consecutive channels; the loops over
 * them have no branches, so that they vectorise. */
#include <stdbool.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/quant/quant.h"

/* Half away from zero, of a limited float. */
static inline int32_t quant_round_away(float v) {
    const int32_t whole = (int32_t)v;
    const float rest = v - (float)whole;
    return whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
}

static inline int32_t quant_value(const hn_quant_args *a, float x, float scale, int32_t zero) {
    const float v = hn_limit_small(x / scale);
    const int32_t q = a->arith == HN_ARITH_RNE ? hn_round_small(v) : quant_round_away(v);
    return hn_clamp_s32(q + zero, a->act_min, a->act_max);
}

static inline int32_t quant_zero(int32_t zero) {
    return hn_clamp_s32(zero, -(1 << 30), 1 << 30);
}

/* A run of n elements from `at`, all of channel c, or of channels c, c + 1 ... */
typedef struct quant_run {
    uint32_t at, n, channel;
    bool is_across; /* one channel an element */
} quant_run;

static inline quant_run quant_next(const hn_quant_args *a, uint32_t at, uint32_t end) {
    const uint32_t inner = (uint32_t)a->inner;
    const uint32_t channels = (uint32_t)a->channels;
    quant_run r = {at, end - at, 0, inner == 1 && channels > 1};
    if (channels == 1) return r;
    r.channel = at / inner % channels;
    const uint32_t left = r.is_across ? channels - r.channel : inner - at % inner;
    if (left < r.n) r.n = left;
    return r;
}

/* Both types store the low byte: act_min and act_max hold the type's range. */
static inline void quant_to_q8(const hn_quant_args *a, void *const *buf, const quant_run *r) {
    const float *restrict in = (const float *)buf[HN_QUANT_IN] + r->at;
    const float *restrict scale = (const float *)buf[HN_QUANT_SCALE] + r->channel;
    const int32_t *restrict zero = (const int32_t *)buf[HN_QUANT_ZERO] + r->channel;
    uint8_t *restrict out = (uint8_t *)buf[HN_QUANT_OUT] + r->at;
    if (r->is_across) {
        for (uint32_t i = 0; i < r->n; i++)
            out[i] = (uint8_t)quant_value(a, in[i], scale[i], quant_zero(zero[i]));
        return;
    }
    const float one_scale = scale[0];
    const int32_t one_zero = quant_zero(zero[0]);
    for (uint32_t i = 0; i < r->n; i++)
        out[i] = (uint8_t)quant_value(a, in[i], one_scale, one_zero);
}

static inline void quant_from_s8(void *const *buf, const quant_run *r) {
    const int8_t *restrict in = (const int8_t *)buf[HN_QUANT_IN] + r->at;
    const float *restrict scale = (const float *)buf[HN_QUANT_SCALE] + r->channel;
    const int32_t *restrict zero = (const int32_t *)buf[HN_QUANT_ZERO] + r->channel;
    float *restrict out = (float *)buf[HN_QUANT_OUT] + r->at;
    const uint32_t step = r->is_across ? 1 : 0;
    for (uint32_t i = 0; i < r->n; i++)
        out[i] = (float)(in[i] - quant_zero(zero[i * step])) * scale[i * step];
}

static inline void quant_from_u8(void *const *buf, const quant_run *r) {
    const uint8_t *restrict in = (const uint8_t *)buf[HN_QUANT_IN] + r->at;
    const float *restrict scale = (const float *)buf[HN_QUANT_SCALE] + r->channel;
    const int32_t *restrict zero = (const int32_t *)buf[HN_QUANT_ZERO] + r->channel;
    float *restrict out = (float *)buf[HN_QUANT_OUT] + r->at;
    const uint32_t step = r->is_across ? 1 : 0;
    for (uint32_t i = 0; i < r->n; i++)
        out[i] = (float)(in[i] - quant_zero(zero[i * step])) * scale[i * step];
}

static inline void quant_from_s32(void *const *buf, const quant_run *r) {
    const int32_t *restrict in = (const int32_t *)buf[HN_QUANT_IN] + r->at;
    const float *restrict scale = (const float *)buf[HN_QUANT_SCALE] + r->channel;
    const int32_t *restrict zero = (const int32_t *)buf[HN_QUANT_ZERO] + r->channel;
    float *restrict out = (float *)buf[HN_QUANT_OUT] + r->at;
    const uint32_t step = r->is_across ? 1 : 0;
    for (uint32_t i = 0; i < r->n; i++)
        out[i] = (float)((int64_t)in[i] - zero[i * step]) * scale[i * step];
}

typedef enum quant_kind { QUANT_TO_Q8, QUANT_FROM_S8, QUANT_FROM_U8, QUANT_FROM_S32 } quant_kind;

HN_INLINE void quant_body(const hn_quant_args *a, void *const *buf, const hn_work *w,
                          quant_kind kind) {
    const uint32_t n = (uint32_t)a->outer * (uint32_t)a->channels * (uint32_t)a->inner;
    const uint32_t end = w->end * HN_QUANT_BLOCK < n ? w->end * HN_QUANT_BLOCK : n;
    for (uint32_t at = w->begin * HN_QUANT_BLOCK; at < end;) {
        const quant_run r = quant_next(a, at, end);
        switch (kind) {
        case QUANT_TO_Q8:
            quant_to_q8(a, buf, &r);
            break;
        case QUANT_FROM_S8:
            quant_from_s8(buf, &r);
            break;
        case QUANT_FROM_U8:
            quant_from_u8(buf, &r);
            break;
        case QUANT_FROM_S32:
            quant_from_s32(buf, &r);
            break;
        }
        at += r.n;
    }
}

HN_KERNEL(hn_quant_f32_s8_c) {
    quant_body(args, buf, w, QUANT_TO_Q8);
}

HN_KERNEL(hn_quant_f32_u8_c) {
    quant_body(args, buf, w, QUANT_TO_Q8);
}

HN_KERNEL(hn_quant_s8_f32_c) {
    quant_body(args, buf, w, QUANT_FROM_S8);
}

HN_KERNEL(hn_quant_u8_f32_c) {
    quant_body(args, buf, w, QUANT_FROM_U8);
}

HN_KERNEL(hn_quant_s32_f32_c) {
    quant_body(args, buf, w, QUANT_FROM_S32);
}
