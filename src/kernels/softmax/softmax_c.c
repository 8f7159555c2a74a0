/* SPDX-License-Identifier: Apache-2.0
 * Softmax: the definition and the portable form. The float form stores the exponentials in the
 * output and divides them in place. The integer form is fixed point throughout; a value Qm.n is an
 * int32 with m integer bits and n fraction bits, so Q0.31 spans -1 to 1. Its steps and constants
 * are those of gemmlowp's exponential and reciprocal, because the last bit must be LiteRT's. Where
 * LiteRT stops with an error (a sum of 512 or more) the outputs are what the formulas give. */
#include <stdbool.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/softmax/softmax.h"

static inline void softmax_row_f32(const hn_softmax_args *a, const float *in, float *out) {
    const intptr_t step = a->inner;
    float top = in[0];
    for (intptr_t i = 1; i < a->n; i++) top = in[i * step] > top ? in[i * step] : top;
    float sum = 0.0f;
    for (intptr_t i = 0; i < a->n; i++) {
        const float t = (in[i * step] - top) * a->beta;
        const float e = hn_exp(t);
        out[i * step] = a->is_log ? t : e;
        sum += e;
    }
    if (a->is_log) {
        const float log_sum = hn_log(sum);
        for (intptr_t i = 0; i < a->n; i++) out[i * step] -= log_sum;
    } else {
        for (intptr_t i = 0; i < a->n; i++) out[i * step] /= sum;
    }
}

static inline void softmax_body_f32(const hn_softmax_args *a, const float *in, float *out,
                                    const hn_work *w) {
    if (a->n == 0) return;
    for (uint32_t u = w->begin; u < w->end; u++) {
        const uint32_t inner = (uint32_t)a->inner;
        const intptr_t at = (intptr_t)(u / inner) * a->n * a->inner + (intptr_t)(u % inner);
        softmax_row_f32(a, in + at, out + at);
    }
}

/* e^x for -1/4 <= x < 0, both Q0.31: a Taylor polynomial around -1/8. */
static inline int32_t softmax_exp_quarter(int32_t x) {
    const int32_t exp_eighth = 1895147668; /* e^-1/8 */
    const int32_t third = 715827883;
    const int32_t t = x + (1 << 28);
    const int32_t t2 = hn_sqrdmulh(t, t);
    const int32_t t3 = hn_sqrdmulh(t2, t);
    const int32_t t4 = hn_sqrdmulh(t2, t2);
    const int32_t high = hn_sqrdmulh(hn_rounding_shift_right(t4, 2) + t3, third) + t2;
    return exp_eighth + hn_sqrdmulh(exp_eighth, t + hn_rounding_shift_right(high, 1));
}

/* e^x for x <= 0 in Q5.26, the result in Q0.31: the part below 1/4 by polynomial, then a product
 * with e^-1/4, e^-1/2 ... e^-16 for each bit that is set above it. */
static inline int32_t softmax_exp(int32_t x) {
    static const int32_t factor[7] = {1672461947, 1302514674, 790015084, 290630308,
                                      39332535,   720401,     242};
    if (x == 0) return INT32_MAX;
    const int32_t quarter = 1 << 24;
    const int32_t low = (x & (quarter - 1)) - quarter;
    int32_t result = softmax_exp_quarter(hn_shift_left_saturated(low, 5));
    const uint32_t rest = (uint32_t)low - (uint32_t)x;
    for (int32_t bit = 0; bit < 7; bit++)
        if (rest >> (24 + bit) & 1u) result = hn_sqrdmulh(result, factor[bit]);
    return result;
}

static inline int32_t softmax_exp_of_difference(const hn_softmax_args *a, int32_t difference) {
    return softmax_exp(hn_requant_q31(difference, a->multiplier, a->shift));
}

static inline int32_t softmax_load(const void *in, intptr_t at, bool is_signed) {
    return is_signed ? ((const int8_t *)in)[at] : ((const uint8_t *)in)[at];
}

/* value: from 0 up. */
HN_INLINE void softmax_store(void *out, intptr_t at, int32_t value, bool is_signed, bool is_wide) {
    if (is_wide) {
        ((int16_t *)out)[at] = (int16_t)(value - 32768);
    } else if (is_signed) {
        ((int8_t *)out)[at] = (int8_t)(value - 128);
    } else {
        ((uint8_t *)out)[at] = (uint8_t)value;
    }
}

/* One row from element `at`. table[-difference] holds the exponentials, or table is NULL. */
HN_INLINE void softmax_row_q8(const hn_softmax_args *a, const void *in, void *out, intptr_t at,
                              const int32_t *table, bool is_signed) {
    const bool is_wide = is_signed && a->is_wide != 0;
    const intptr_t step = a->inner;
    const int32_t lowest = is_signed ? -128 : 0;
    int32_t top = lowest;
    for (intptr_t i = 0; i < a->n; i++) {
        const int32_t x = softmax_load(in, at + i * step, is_signed);
        top = x > top ? x : top;
    }
    uint32_t sum = 0; /* Q12.19, saturated */
    for (intptr_t i = 0; i < a->n; i++) {
        const int32_t d = softmax_load(in, at + i * step, is_signed) - top;
        if (d < a->diff_min) continue;
        const int32_t e = table != 0 ? table[-d] : softmax_exp_of_difference(a, d);
        sum += (uint32_t)hn_rounding_shift_right(e, 12);
        if (sum > INT32_MAX) sum = INT32_MAX;
    }
    const int32_t zeros = hn_leading_zeros(sum);
    const int32_t scale = hn_one_over_one_plus((int32_t)((sum << zeros) - 0x80000000u));
    const int32_t exponent = 12 - zeros + 31 - (is_wide ? 16 : 8);
    for (intptr_t i = 0; i < a->n; i++) {
        const int32_t d = softmax_load(in, at + i * step, is_signed) - top;
        int32_t q = 0;
        if (d >= a->diff_min && exponent <= 31) {
            const int32_t e = table != 0 ? table[-d] : softmax_exp_of_difference(a, d);
            q = hn_rounding_shift_right(hn_sqrdmulh(scale, e), exponent);
        }
        const int32_t value = hn_clamp_s32(q, 0, is_wide ? 65535 : 255);
        softmax_store(out, at + i * step, value, is_signed, is_wide);
    }
}

HN_INLINE void softmax_body_q8(const hn_softmax_args *a, const void *in, void *out,
                               const hn_work *w, bool is_signed) {
    if (a->n == 0) return;
    int32_t *table = 0;
    if ((uint64_t)(w->end - w->begin) * (uint64_t)a->n >= HN_SOFTMAX_TABLE) {
        table = w->scratch;
        for (int32_t i = 0; i < HN_SOFTMAX_TABLE && -i >= a->diff_min; i++)
            table[i] = softmax_exp_of_difference(a, -i);
    }
    for (uint32_t u = w->begin; u < w->end; u++) {
        const uint32_t inner = (uint32_t)a->inner;
        const intptr_t at = (intptr_t)(u / inner) * a->n * a->inner + (intptr_t)(u % inner);
        softmax_row_q8(a, in, out, at, table, is_signed);
    }
}

HN_KERNEL(hn_softmax_f32_c) {
    softmax_body_f32(args, buf[HN_SOFTMAX_IN], buf[HN_SOFTMAX_OUT], w);
}

HN_KERNEL(hn_softmax_s8_c) {
    softmax_body_q8(args, buf[HN_SOFTMAX_IN], buf[HN_SOFTMAX_OUT], w, true);
}

HN_KERNEL(hn_softmax_u8_c) {
    softmax_body_q8(args, buf[HN_SOFTMAX_IN], buf[HN_SOFTMAX_OUT], w, false);
}
