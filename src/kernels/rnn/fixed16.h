/* SPDX-License-Identifier: Apache-2.0
 * tanh and the logistic function on 16-bit fixed point, to the last bit of gemmlowp's, which
 * LiteRT's integer recurrent layers use. Qm.n is an int16 with m integer and n = 15 - m fraction
 * bits. Where the original wraps, this wraps. */
#ifndef HN_KERNELS_RNN_FIXED16_H
#define HN_KERNELS_RNN_FIXED16_H

#include "core/fixed.h"

static inline int16_t hn_f16_wrap(int32_t v) {
    return (int16_t)(uint16_t)(uint32_t)v;
}

static inline int16_t hn_f16_saturate(int32_t v) {
    return (int16_t)hn_clamp_s32(v, -32768, 32767);
}

/* a * b / 2^15, rounded to nearest, ties away from zero for positive and towards zero for negative
 * products as the division does; -1 * -1 saturates. */
static inline int16_t hn_f16_mul(int16_t a, int16_t b) {
    if (a == INT16_MIN && b == INT16_MIN) return INT16_MAX;
    const int32_t product = (int32_t)a * (int32_t)b;
    const int32_t nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);
    return (int16_t)((product + nudge) / (1 << 15));
}

static inline int16_t hn_f16_shift_left(int16_t v, int32_t n) {
    return hn_f16_saturate((int32_t)v * (1 << n));
}

/* e^x for -1/4 <= x < 0 in Q0.15: a Taylor polynomial around -1/8. */
static inline int16_t hn_f16_exp_quarter(int16_t a) {
    const int16_t exp_eighth = 28918, third = 10923;
    const int16_t x = hn_f16_wrap(a + (1 << 12));
    const int16_t x2 = hn_f16_mul(x, x), x3 = hn_f16_mul(x2, x), x4 = hn_f16_mul(x2, x2);
    const int16_t x4_4 = (int16_t)hn_rounding_shift_right(x4, 2);
    const int16_t high = hn_f16_wrap(hn_f16_mul(hn_f16_wrap(x4_4 + x3), third) + x2);
    const int16_t tail = (int16_t)hn_rounding_shift_right(high, 1);
    return hn_f16_saturate(exp_eighth + hn_f16_mul(exp_eighth, hn_f16_wrap(x + tail)));
}

/* e^x for x <= 0 in Q(bits).(15 - bits), the result in Q0.15. */
static inline int16_t hn_f16_exp(int16_t x, int32_t bits) {
    static const int16_t factor[7] = {25520, 19875, 12055, 4435, 600, 11, 0};
    const int32_t fraction = 15 - bits;
    if (x == 0) return INT16_MAX;
    const int32_t quarter = fraction >= 2 ? 1 << (fraction - 2) : 0;
    const int16_t low = hn_f16_wrap((x & (quarter - 1)) - quarter);
    int16_t result = hn_f16_exp_quarter(hn_f16_shift_left(low, bits));
    const uint16_t rest = (uint16_t)(low - x);
    for (int32_t e = -2; e < bits && e <= 4; ++e) {
        if (rest >> (fraction + e) & 1) result = hn_f16_mul(result, factor[e + 2]);
    }
    if (bits > 5 && x < -(1 << (20 - bits))) return 0;
    return result;
}

/* The reciprocal of the half denominator (1 + x) / 2 in Q2.13 by three Newton steps. */
static inline int16_t hn_f16_half_reciprocal(int16_t x) {
    const int32_t sum = (int32_t)x + INT16_MAX;
    const int16_t d = (int16_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
    int16_t y = hn_f16_wrap(23130 + hn_f16_mul(d, -15420));
    for (int32_t i = 0; i < 3; ++i) {
        const int16_t error = hn_f16_wrap((1 << 13) - hn_f16_mul(d, y));
        y = hn_f16_wrap(y + hn_f16_shift_left(hn_f16_mul(y, error), 2));
    }
    return y;
}

/* 1 / (1 + e^-x), x in Q3.12, the result in Q0.15. */
static inline int16_t hn_f16_logistic(int16_t x) {
    if (x == 0) return 1 << 14;
    const int16_t negative = x > 0 ? hn_f16_wrap(-x) : x;
    const int16_t y = hn_f16_half_reciprocal(hn_f16_exp(negative, 3));
    const int16_t positive = hn_f16_shift_left(y, 1);
    return x > 0 ? positive : hn_f16_wrap(INT16_MAX - positive);
}

/* tanh(x), x in Q(bits).(15 - bits), 0 <= bits <= 6, the result in Q0.15. */
static inline int16_t hn_f16_tanh(int16_t x, int32_t bits) {
    if (x == 0) return 0;
    const int16_t negative = x < 0 ? x : hn_f16_wrap(-x);
    const int16_t y = hn_f16_half_reciprocal(hn_f16_exp(negative, bits + 1));
    const int16_t t = hn_f16_shift_left(hn_f16_wrap(y - (1 << 13)), 2);
    return x < 0 ? hn_f16_wrap(-t) : t;
}

/* f c + i g, the products rounded on their own; shift: of i g to c's scale. */
static inline int16_t hn_f16_cell(int16_t c, int32_t f, int32_t i, int32_t g, int32_t shift) {
    const int16_t kept = hn_f16_wrap(hn_rounding_shift_right(f * c, 15));
    const int16_t added = hn_f16_wrap(hn_rounding_shift_right(i * g, shift));
    return hn_f16_saturate(kept + added);
}

#endif
