/* SPDX-License-Identifier: Apache-2.0
 * A real factor as a Q31 multiplier and a power of two, bit for bit as LiteRT's QuantizeMultiplier:
 * frexp, rounding half away from zero. All steps are exact in a double, so every machine agrees. */
#include <math.h>

#include "ops/lower.h"

void hn_quantize_multiplier(double real, int32_t *multiplier, int32_t *shift) {
    *multiplier = 0;
    *shift = 0;
    if (real == 0 || real != real) return;
    if (isinf(real)) real = real > 0 ? 1e300 : -1e300;
    int exponent;
    const double fraction = frexp(real, &exponent);
    int64_t fixed = (int64_t)round(fraction * 2147483648.0);
    if (fixed == (INT64_C(1) << 31) || fixed == -(INT64_C(1) << 31)) {
        fixed /= 2;
        exponent++;
    }
    /* Beyond the shifts that hn_requant_q31 knows, the result is zero or saturates. */
    if (exponent < -31) return;
    if (exponent > 30) {
        fixed = fixed > 0 ? INT32_MAX : -INT32_MAX;
        exponent = 30;
    }
    *multiplier = (int32_t)fixed;
    *shift = (int32_t)exponent;
}
