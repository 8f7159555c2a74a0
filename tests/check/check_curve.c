/* SPDX-License-Identifier: Apache-2.0
 * Functions of 16-bit tensors of every length of cases/lut.def: scales against exact rational
 * rounding, lines between knots and the sigmoid's table against the same arithmetic in doubles. */
#include "check.h"

#include <math.h>
#include <stdio.h>

#include "core/spline.h"
#include "kernels/curve/curve.h"

/* v * multiplier / 2^31 * 2^shift, rounded twice: ties up, then away from zero. */
static int32_t scaled(int32_t v, int32_t multiplier, int32_t shift) {
    double x = (double)v * (shift > 0 ? ldexp(1, shift) : 1);
    x = floor(x * (double)multiplier / 2147483648.0 + 0.5);
    return (int32_t)(shift < 0 ? round(x * ldexp(1, shift)) : x);
}

static int32_t line(const int16_t *knots, int32_t x) {
    const int32_t at = 256 + (int32_t)floor((double)x / 128), rest = x - (at - 256) * 128;
    const int32_t slope = (int16_t)(knots[at + 1] - knots[at]);
    return (int16_t)(knots[at] + (int32_t)floor((double)(slope * rest) / 128 + 0.5));
}

static int32_t expect_one(const hn_curve_args *a, const void *table, int32_t x) {
    int32_t v = 0;
    switch (a->kind) {
    case HN_CURVE_LINEAR:
        v = x >= 0 ? scaled(x, a->multiplier, a->shift) : scaled(x, a->below, a->below_shift);
        break;
    case HN_CURVE_ABS:
        v = scaled(x < 0 ? -x : x, a->multiplier, a->shift);
        break;
    case HN_CURVE_ROOT:
        v = x <= 0 ? 0 : (int32_t)(sqrtf(a->in_scale * (float)x) / a->out_scale);
        break;
    default:
        v = line(table, x);
        break;
    }
    return v < a->act_min ? a->act_min : v > a->act_max ? a->act_max : v;
}

static void run(check *c, int32_t n, int32_t kind) {
    const size_t bytes = (size_t)n * 2;
    hn_curve_args a = {.n = n, .kind = kind, .act_min = -30000, .act_max = 31000};
    a.multiplier = check_range(c, 1 << 30, INT32_MAX);
    a.below = check_range(c, 1 << 30, INT32_MAX);
    a.shift = check_range(c, -6, 2);
    a.below_shift = check_range(c, -6, 2);
    a.in_scale = 0.001f * (float)check_range(c, 1, 500);
    a.out_scale = 0.001f * (float)check_range(c, 1, 500);
    const int16_t *in = check_bytes(c, bytes), *table = check_bytes(c, HN_SPLINE_KNOTS * 2);
    int16_t *want = check_alloc(c, bytes);
    for (int32_t i = 0; i < n; ++i) want[i] = (int16_t)expect_one(&a, table, in[i]);
    check_case k = {.family = HN_FAMILY_curve, .types = HN_TYPES_s16, .args = &a};
    snprintf(k.name, sizeof k.name, "kind %d, %d", kind, n);
    k.operand[HN_CURVE_IN] = (check_operand){in, bytes};
    k.operand[HN_CURVE_TABLE] = (check_operand){table, HN_SPLINE_KNOTS * 2};
    k.operand[HN_CURVE_OUT].bytes = bytes;
    k.n_operands = HN_CURVE_OPERANDS;
    k.out = HN_CURVE_OUT;
    k.expect = want;
    k.work = (uint64_t)n;
    check_run(c, &k);
}

void check_curve(check *c) {
    for (int32_t kind = HN_CURVE_LINEAR; kind <= HN_CURVE_SPLINE; ++kind) {
#define X(n) run(c, n, kind);
#include "../cases/lut.def"
    }
}
