/* SPDX-License-Identifier: Apache-2.0
 * From a row's range to its block of scale, zero point and factor. LiteRT chooses the asymmetric
 * zero point in double precision, which a byte of the result depends on, so it is done in double
 * here too, once for each row. */
#ifndef HN_KERNELS_DYNQUANT_BLOCK_H
#define HN_KERNELS_DYNQUANT_BLOCK_H

#include "core/fixed.h"
#include "core/math.h"
#include "kernels/dynquant/dynquant.h"

typedef struct dynquant_range {
    float low, high; /* of the row and 0 */
} dynquant_range;

/* The nearest integer, half away from zero, of a number that is clamped to the range of a byte. */
static inline int32_t dynquant_zero(double low, double high) {
    const double scale = (high - low) / 255.0;
    const double from_low = -128.0 - low / scale, from_high = 127.0 - high / scale;
    const double error_low = 128.0 - low / scale, error_high = 127.0 + high / scale;
    const double zero = error_low < error_high ? from_low : from_high;
    if (!(zero > -128.0)) return -128;
    if (zero >= 127.0) return 127;
    return (int32_t)(zero < 0 ? zero - 0.5 : zero + 0.5);
}

static inline void dynquant_block(int32_t mode, dynquant_range r, int32_t *out) {
    float scale = 1.0f, factor = 0.0f;
    int32_t zero = 0;
    if (mode == HN_DYN_SYMMETRIC && (r.low < 0.0f || r.high > 0.0f)) {
        const float most = -r.low > r.high ? -r.low : r.high;
        scale = most / 127.0f;
        factor = 127.0f / most;
    } else if (mode == HN_DYN_ASYMMETRIC && r.low < r.high) {
        scale = (float)(((double)r.high - (double)r.low) / 255.0);
        factor = 1.0f / scale;
        zero = dynquant_zero((double)r.low, (double)r.high);
    } else if (mode == HN_DYN_ONNX && r.low < r.high) {
        scale = (r.high - r.low) / 255.0f;
        zero = hn_clamp_s32(hn_round_even(0.0f - r.low / scale), 0, 255);
    }
    out[HN_DYN_SCALE] = (int32_t)hn_bits_of(scale);
    out[HN_DYN_ZERO] = zero;
    out[HN_DYN_FACTOR] = (int32_t)hn_bits_of(factor);
    out[HN_DYN_WORDS - 1] = 0;
}

#endif
