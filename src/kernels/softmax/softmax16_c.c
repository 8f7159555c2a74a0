/* SPDX-License-Identifier: Apache-2.0
 * Softmax of 16 bits: the definition and the portable form. The output holds the exponentials until
 * their sum is known. */
#include <stddef.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/softmax/softmax16.h"

/* 1 / sum in Q0.15 of the sum's fraction; the sum is in Q16.15 with `zeros` leading zeros. */
static inline int32_t softmax16_reciprocal(int32_t sum, int32_t zeros, const int16_t *knots) {
    const int64_t high = (((int64_t)sum << (zeros - 1)) + (1 << 13)) >> 14;
    const int64_t centred = high - (1 << 15) - (1 << 16);
    const int64_t above = centred < -32768 ? -32768 : centred;
    return hn_spline(knots, (int32_t)(above > 32767 ? 32767 : above));
}

static inline void softmax16_row(const hn_softmax16_args *a, const int16_t *in,
                                 const int16_t *knots, int16_t *out) {
    int32_t top = in[0], sum = 0;
    for (int32_t i = 1; i < a->n; i++) top = in[i] > top ? in[i] : top;
    for (int32_t i = 0; i < a->n; i++) {
        const int64_t place = (int64_t)hn_requant_q31(in[i] - top, a->multiplier, a->shift) + 32767;
        const int32_t x = place < -32768 ? -32768 : place > 32767 ? 32767 : (int32_t)place;
        out[i] = (int16_t)hn_spline(knots, x);
        sum += out[i];
    }
    const int32_t zeros = hn_leading_zeros((uint32_t)sum);
    if (zeros < 1 || zeros > 30) return;
    const int32_t reciprocal = softmax16_reciprocal(sum, zeros, knots + HN_SPLINE_KNOTS);
    const int32_t right = 31 - zeros;
    for (int32_t i = 0; i < a->n; i++) {
        const int64_t v = ((int64_t)out[i] * reciprocal + ((int64_t)1 << (right - 1))) >> right;
        out[i] = (int16_t)(v < 0 ? 0 : v > 32767 ? 32767 : v);
    }
}

HN_KERNEL(hn_softmax16_s16_c) {
    const hn_softmax16_args *a = (const hn_softmax16_args *)args;
    const int16_t *in = (const int16_t *)buf[HN_SOFTMAX16_IN];
    const int16_t *knots = (const int16_t *)buf[HN_SOFTMAX16_KNOTS];
    int16_t *out = (int16_t *)buf[HN_SOFTMAX16_OUT];
    if (a->n == 0) return;
    for (uint32_t u = w->begin; u < w->end; u++) {
        const size_t at = (size_t)u * (size_t)a->n;
        softmax16_row(a, in + at, knots, out + at);
    }
}
