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

static inline void quant_to_s16(const hn_quant_args *a, void *const *buf, const quant_run *r) {
    const float *restrict in = (const float *)buf[HN_QUANT_IN] + r->at;
    const float *restrict scale = (const float *)buf[HN_QUANT_SCALE] + r->channel;
    const int32_t *restrict zero = (const int32_t *)buf[HN_QUANT_ZERO] + r->channel;
    int16_t *restrict out = (int16_t *)buf[HN_QUANT_OUT] + r->at;
    const uint32_t step = r->is_across ? 1 : 0;
    for (uint32_t i = 0; i < r->n; i++)
        out[i] = (int16_t)quant_value(a, in[i], scale[i * step], quant_zero(zero[i * step]));
}

/* `minus` is how an element and its zero point differ: of 32 bits, without overflow. */
#define QUANT_FROM(name, type, minus)                                                              \
    static inline void quant_from_##name(void *const *buf, const quant_run *r) {                   \
        const type *restrict in = (const type *)buf[HN_QUANT_IN] + r->at;                          \
        const float *restrict scale = (const float *)buf[HN_QUANT_SCALE] + r->channel;             \
        const int32_t *restrict zero = (const int32_t *)buf[HN_QUANT_ZERO] + r->channel;           \
        float *restrict out = (float *)buf[HN_QUANT_OUT] + r->at;                                  \
        const uint32_t step = r->is_across ? 1 : 0;                                                \
        for (uint32_t i = 0; i < r->n; i++)                                                        \
            out[i] = (float)minus(in[i], zero[i * step]) * scale[i * step];                        \
    }

static inline int32_t quant_minus(int32_t q, int32_t zero) {
    return q - quant_zero(zero);
}

static inline int64_t quant_minus_wide(int32_t q, int32_t zero) {
    return (int64_t)q - zero;
}

QUANT_FROM(s8, int8_t, quant_minus)
QUANT_FROM(u8, uint8_t, quant_minus)
QUANT_FROM(s16, int16_t, quant_minus)
QUANT_FROM(s32, int32_t, quant_minus_wide)
#undef QUANT_FROM

typedef enum quant_kind {
    QUANT_TO_Q8,
    QUANT_TO_S16,
    QUANT_FROM_S8,
    QUANT_FROM_U8,
    QUANT_FROM_S16,
    QUANT_FROM_S32
} quant_kind;

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
        case QUANT_TO_S16:
            quant_to_s16(a, buf, &r);
            break;
        case QUANT_FROM_S16:
            quant_from_s16(buf, &r);
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

HN_KERNEL(hn_quant_f32_s16_c) {
    quant_body(args, buf, w, QUANT_TO_S16);
}

HN_KERNEL(hn_quant_s16_f32_c) {
    quant_body(args, buf, w, QUANT_FROM_S16);
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

/* ---- from one integer type to another ---- */

/* The low bytes of v are the number in each of the widths. */
static inline void requant_store(void *out, uint32_t at, int32_t v, int32_t bytes) {
    if (bytes == 1) {
        ((uint8_t *)out)[at] = (uint8_t)v;
    } else if (bytes == 2) {
        ((uint16_t *)out)[at] = (uint16_t)v;
    } else {
        ((int32_t *)out)[at] = v;
    }
}

static inline int32_t requant_value(const hn_requant_args *a, int32_t x) {
    const int32_t q = (int32_t)((uint32_t)x - (uint32_t)a->in_zero);
    const int32_t v = a->arith == HN_ARITH_RNE ? hn_round_even((float)q * a->scale)
                                               : hn_requant_q31(q, a->multiplier, a->shift);
    const int32_t moved = (int32_t)((uint32_t)v + (uint32_t)a->out_zero);
    return hn_clamp_s32(moved, a->act_min, a->act_max);
}

#define REQUANT(type, name)                                                                        \
    HN_KERNEL(hn_requant_##name##_c) {                                                             \
        const hn_requant_args *a = args;                                                           \
        const type *in = buf[HN_REQUANT_IN];                                                       \
        const uint32_t n = (uint32_t)a->n;                                                         \
        const uint32_t end = w->end * HN_QUANT_BLOCK < n ? w->end * HN_QUANT_BLOCK : n;            \
        for (uint32_t i = w->begin * HN_QUANT_BLOCK; i < end; i++)                                 \
            requant_store(buf[HN_REQUANT_OUT], i, requant_value(a, in[i]), a->out_bytes);          \
    }

REQUANT(int8_t, s8)
REQUANT(uint8_t, u8)
REQUANT(int16_t, s16)
REQUANT(int32_t, s32)
