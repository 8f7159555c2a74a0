/* SPDX-License-Identifier: Apache-2.0
 * The operations of elementwise programs, each one plain loop over contiguous floats, written to be
 * vectorised. No loop writes what it reads, so pointers may be restrict. */
#ifndef HN_KERNELS_EXPR_LOOPS_H
#define HN_KERNELS_EXPR_LOOPS_H

#include <stdbool.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/expr/expr.h"

typedef struct expr_value {
    const float *at;
    bool is_one; /* one element for the whole block */
} expr_value;

static inline void expr_unary_loop(uint32_t op, float *restrict d, const float *restrict a,
                                   uint32_t n) {
#define EXPR_CASE(name, value)                                                                     \
    case HN_EXPR_##name:                                                                           \
        for (uint32_t i = 0; i < n; i++) {                                                         \
            const float x = a[i];                                                                  \
            d[i] = value;                                                                          \
        }                                                                                          \
        break;
    switch (op) {
        EXPR_CASE(copy, x)
        EXPR_CASE(neg, -x)
        EXPR_CASE(abs, hn_abs(x))
        EXPR_CASE(relu, x < 0.0f ? 0.0f : x)
        EXPR_CASE(exp, hn_exp(x))
        EXPR_CASE(log, hn_log(x))
        EXPR_CASE(sqrt, hn_sqrt(x))
        EXPR_CASE(rsqrt, hn_rsqrt(x))
        EXPR_CASE(reciprocal, 1.0f / x)
        EXPR_CASE(sigmoid, hn_sigmoid(x))
        EXPR_CASE(tanh, hn_tanh(x))
        EXPR_CASE(erf, hn_erf(x))
        EXPR_CASE(sin, hn_sin(x))
        EXPR_CASE(cos, hn_cos(x))
        EXPR_CASE(floor, hn_floor(x))
        EXPR_CASE(ceil, hn_ceil(x))
        EXPR_CASE(round_even, hn_round(x))
        EXPR_CASE(sign, x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x == 0.0f ? 0.0f : x)
        EXPR_CASE(square, x * x)
        EXPR_CASE(expm1, hn_expm1(x))
        EXPR_CASE(log1p, hn_log1p(x))
        EXPR_CASE(atan, hn_atan(x))
    default:
        break;
    }
#undef EXPR_CASE
}

/* Not both operands are one element, unless n is 1. */
static inline void expr_binary(uint32_t op, float *restrict d, const expr_value *left,
                               const expr_value *right, uint32_t n) {
    const float *restrict a = left->at;
    const float *restrict b = right->at;
#define EXPR_LOOP(x_at, y_at, value)                                                               \
    for (uint32_t i = 0; i < n; i++) {                                                             \
        const float x = x_at, y = y_at;                                                            \
        d[i] = value;                                                                              \
    }
#define EXPR_CASE(name, value)                                                                     \
    case HN_EXPR_##name:                                                                           \
        if (left->is_one) {                                                                        \
            const float x_one = a[0];                                                              \
            EXPR_LOOP(x_one, b[i], value)                                                          \
        } else if (right->is_one) {                                                                \
            const float y_one = b[0];                                                              \
            EXPR_LOOP(a[i], y_one, value)                                                          \
        } else {                                                                                   \
            EXPR_LOOP(a[i], b[i], value)                                                           \
        }                                                                                          \
        break;
    switch (op) {
        EXPR_CASE(add, x + y)
        EXPR_CASE(sub, x - y)
        EXPR_CASE(mul, x * y)
        EXPR_CASE(div, x / y)
        EXPR_CASE(min, x < y || x != x ? x : y)
        EXPR_CASE(max, x > y || x != x ? x : y)
        EXPR_CASE(pow, hn_pow(x, y))
        EXPR_CASE(mod, hn_fmod(x, y))
        EXPR_CASE(floor_mod, hn_floor_mod(x, y))
        EXPR_CASE(atan2, hn_atan2(x, y))
        EXPR_CASE(prelu, x < 0.0f ? x * y : x)
        EXPR_CASE(greater, x > y ? 1.0f : 0.0f)
        EXPR_CASE(mask, y != 0.0f ? x : 0.0f)
    default:
        break;
    }
#undef EXPR_CASE
#undef EXPR_LOOP
}

#endif
