/* SPDX-License-Identifier: Apache-2.0
 * From a row's range to its block of scale, zero point and factor. LiteRT chooses the asymmetric
 * zero point in double precision, which a byte of the result depends on, so it is done in double
 * here too, once for each row. What becomes of an element is here as well, for kernels that
 * quantize on the way. */
#ifndef HN_KERNELS_DYNQUANT_BLOCK_H
#define HN_KERNELS_DYNQUANT_BLOCK_H

#include "core/fixed.h"
#include "core/math.h"
#include "kernels/dynquant/dynquant.h"

typedef struct dynquant_range {
    float low, high; /* of the row and 0 */
} dynquant_range;

static inline dynquant_range dynquant_range_of(const float *x, int32_t n) {
    dynquant_range r = {0.0f, 0.0f};
    for (int32_t i = 0; i < n; ++i) {
        r.low = x[i] < r.low ? x[i] : r.low;
        r.high = x[i] > r.high ? x[i] : r.high;
    }
    return r;
}

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

static inline int32_t dynquant_away(float v) {
    const float near = hn_limit_small(v);
    const int32_t whole = (int32_t)near;
    const float rest = near - (float)whole;
    return whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
}

/* A float in LiteRT's modes; zero is 0 in the symmetric one. */
static inline int32_t dynquant_value(int32_t mode, float x, float factor, int32_t zero) {
    if (mode == HN_DYN_ASYMMETRIC)
        return hn_clamp_s32(dynquant_away((float)zero + x * factor), -128, 127);
    return hn_clamp_s32(dynquant_away(x * factor), -127, 127);
}

#endif
