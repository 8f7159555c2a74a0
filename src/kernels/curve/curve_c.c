/* SPDX-License-Identifier: Apache-2.0
 * Functions of 16-bit tensors: the definition and the portable form. */
#include "core/assume.h"
#include "core/math.h"
#include "core/spline.h"
#include "kernels/curve/curve.h"

static inline int32_t curve_linear(const hn_curve_args *a, int32_t x) {
    if (x >= 0) return hn_requant_q31(x, a->multiplier, a->shift);
    const int32_t sign = a->below < 0 ? -1 : 1;
    return sign * hn_requant_q31(x, sign * a->below, a->below_shift);
}

static inline int32_t curve_root(const hn_curve_args *a, int32_t x) {
    const float real = a->in_scale * (float)x;
    const float root = real > 0.0f ? hn_sqrt(real) / a->out_scale : 0.0f;
    return root < 1e6f ? (int32_t)root : 1000000;
}

/* x on the table's scale: entries are 2^bits apart. */
static inline int32_t curve_scaled(const hn_curve_args *a, int32_t x) {
    const int32_t half = a->shift > 0 ? (int32_t)1 << (a->shift - 1) : 0;
    return (x * a->multiplier + half) >> a->shift;
}

/* The line between two entries, on a scale of 2^(16 + bits); `most` where x is beyond the table. */
static inline int32_t curve_between(const uint16_t *table, int32_t x, int32_t bits, int32_t most) {
    const uint32_t size = x < 0 ? 0u - (uint32_t)x : (uint32_t)x;
    const uint32_t at = size >> bits;
    if (at >= HN_CURVE_SIGMOIDS - 1) return most;
    const int32_t low = table[at], step = table[at + 1] - table[at];
    return (low << bits) + (int32_t)(size & ((1u << bits) - 1u)) * step;
}

static inline int32_t curve_sigmoid(const hn_curve_args *a, const uint16_t *table, int32_t x) {
    const int32_t at = curve_scaled(a, x);
    const int32_t v = curve_between(table, at, 9, 0x7fff << 10);
    return (at >= 0 ? v + (1 << 9) : (1 << 25) - v + (1 << 9) - 1) >> 10;
}

static inline int32_t curve_tanh(const hn_curve_args *a, const uint16_t *table, int32_t x) {
    const int32_t at = curve_scaled(a, x);
    const int32_t v = curve_between(table, at, 8, 0xffff << 8);
    return (at >= 0 ? v - (1 << 23) + (1 << 7) : -v + (1 << 23) + (1 << 7) - 1) >> 8;
}

HN_INLINE void curve_run(const hn_curve_args *a, int32_t kind, const int16_t *in, const void *table,
                         int16_t *out, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        int32_t v = 0;
        if (kind == HN_CURVE_LINEAR) v = curve_linear(a, in[i]);
        if (kind == HN_CURVE_ABS) {
            v = hn_requant_q31(in[i] < 0 ? -in[i] : in[i], a->multiplier, a->shift);
        }
        if (kind == HN_CURVE_ROOT) v = curve_root(a, in[i]);
        if (kind == HN_CURVE_SPLINE) v = hn_spline((const int16_t *)table, in[i]);
        if (kind == HN_CURVE_SIGMOID) v = curve_sigmoid(a, (const uint16_t *)table, in[i]);
        if (kind == HN_CURVE_TANH) v = curve_tanh(a, (const uint16_t *)table, in[i]);
        out[i] = (int16_t)hn_clamp_s32(v, a->act_min, a->act_max);
    }
}

HN_KERNEL(hn_curve_s16_c) {
    const hn_curve_args *a = (const hn_curve_args *)args;
    const uint32_t begin = w->begin * HN_CURVE_BLOCK, most = w->end * HN_CURVE_BLOCK;
    const uint32_t n = (most < (uint32_t)a->n ? most : (uint32_t)a->n) - begin;
    const int16_t *in = (const int16_t *)buf[HN_CURVE_IN] + begin;
    int16_t *out = (int16_t *)buf[HN_CURVE_OUT] + begin;
    const void *table = buf[HN_CURVE_TABLE];
    switch (a->kind) {
    case HN_CURVE_LINEAR:
        curve_run(a, HN_CURVE_LINEAR, in, table, out, n);
        break;
    case HN_CURVE_SPLINE:
        curve_run(a, HN_CURVE_SPLINE, in, table, out, n);
        break;
    default:
        curve_run(a, a->kind, in, table, out, n);
        break;
    }
}
