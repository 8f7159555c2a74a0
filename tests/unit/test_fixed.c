/* SPDX-License-Identifier: Apache-2.0
 * core/fixed.h: rounding at ties, for negatives and at the ends of the range, against exact integer
 * and double arithmetic. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

#include "core/fixed.h"

static uint64_t next(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 32;
}

/* floor(v / 2^bits + 1/2): ties go up. */
static int64_t half_up(int64_t v, int bits) {
    return (v + (INT64_C(1) << (bits - 1))) >> bits;
}

Test(fixed, sqrdmulh_rounds_ties_up_and_saturates) {
    cr_assert_eq(hn_sqrdmulh(INT32_MIN, INT32_MIN), INT32_MAX);
    cr_assert_eq(hn_sqrdmulh(INT32_MIN, INT32_MAX), -INT32_MAX);
    cr_assert_eq(hn_sqrdmulh(1, 1 << 30), 1);
    cr_assert_eq(hn_sqrdmulh(-1, 1 << 30), 0);
    cr_assert_eq(hn_sqrdmulh(3, 1 << 30), 2);
    cr_assert_eq(hn_sqrdmulh(-3, 1 << 30), -1);
    uint64_t state = 1;
    for (int i = 0; i < 1000000; ++i) {
        const int32_t a = (int32_t)next(&state), b = (int32_t)next(&state) >> (i & 31);
        cr_assert_eq(hn_sqrdmulh(a, b), half_up((int64_t)a * b, 31), "%d * %d", a, b);
    }
}

Test(fixed, shift_right_rounds_ties_away_from_zero) {
    cr_assert_eq(hn_rounding_shift_right(5, 1), 3);
    cr_assert_eq(hn_rounding_shift_right(-5, 1), -3);
    cr_assert_eq(hn_rounding_shift_right(-7, 2), -2);
    cr_assert_eq(hn_rounding_shift_right(-6, 2), -2);
    cr_assert_eq(hn_rounding_shift_right(6, 2), 2);
    cr_assert_eq(hn_rounding_shift_right(INT32_MIN, 31), -1);
    cr_assert_eq(hn_rounding_shift_right(INT32_MAX, 31), 1);
    cr_assert_eq(hn_rounding_shift_right(-(1 << 30), 31), -1);
    cr_assert_eq(hn_rounding_shift_right(1 << 30, 31), 1);
    cr_assert_eq(hn_rounding_shift_right((1 << 30) - 1, 31), 0);
    uint64_t state = 2;
    for (int i = 0; i < 1000000; ++i) {
        const int32_t v = (int32_t)next(&state) >> (next(&state) & 31);
        const int shift = (int)(next(&state) & 31);
        cr_assert_eq((double)hn_rounding_shift_right(v, shift), round(ldexp((double)v, -shift)),
                     "%d >> %d", v, shift);
    }
}

Test(fixed, requant_q31_rounds_twice) {
    cr_assert_eq(hn_requant_q31(1000, 1 << 30, 1), 1000);
    cr_assert_eq(hn_requant_q31(3, 1 << 30, 0), 2);
    cr_assert_eq(hn_requant_q31(-3, 1 << 30, 0), -1);
    /* 5 / 4 * 2^31 would round to 1; rounded twice 2.5 gives 3, and 3 / 2 gives 2. */
    cr_assert_eq(hn_requant_q31(5, 1 << 30, -1), 2);
    cr_assert_eq(hn_requant_q31(-5, 1 << 30, -1), -1);
    cr_assert_eq(hn_requant_q31(INT32_MAX, INT32_MAX, -31), 1);
    cr_assert_eq(hn_requant_q31(0, INT32_MAX, 30), 0);
}

Test(fixed, round_even_is_right_for_all_magnitudes) {
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += 997) {
        const float v = hn_float_of_bits((int32_t)(uint32_t)bits);
        const double limit = 1073741824.0;
        const double want = v != v ? 0 : fmin(fmax(rint((double)v), -limit), limit);
        cr_assert_eq((double)hn_round_even(v), want, "%a", (double)v);
    }
}

Test(fixed, round_even_takes_ties_to_even) {
    for (int32_t i = -100000; i <= 100000; ++i) {
        const float tie = (float)i + 0.5f;
        cr_assert_eq((double)hn_round_even(tie), rint((double)tie), "%a", (double)tie);
    }
    /* The last halves, around 2^22 and up to 2^23, and the first floats without any. */
    for (int32_t i = -64; i <= 64; ++i) {
        for (int32_t sign = -1; sign <= 1; sign += 2) {
            const float around[3] = {4194304.0f, 8388608.0f, 16777216.0f};
            for (int k = 0; k < 3; ++k) {
                const float v = (float)sign * (around[k] + (float)i * 0.5f);
                cr_assert_eq((double)hn_round_even(v), rint((double)v), "%a", (double)v);
            }
        }
    }
    cr_assert_eq(hn_round_even(NAN), 0);
    cr_assert_eq(hn_round_even(INFINITY), 1 << 30);
    cr_assert_eq(hn_round_even(-INFINITY), -(1 << 30));
    cr_assert_eq(hn_round_even(-0.0f), 0);
    cr_assert_eq(hn_round_even(0.49999997f), 0);
    cr_assert_eq(hn_round_even(-0.50000006f), -1);
}

Test(fixed, requant_rne_is_one_float_product) {
    const float scale = 0.0037f;
    union {
        float f;
        int32_t i;
    } bits = {scale};
    uint64_t state = 3;
    for (int i = 0; i < 1000000; ++i) {
        const int32_t v = (int32_t)next(&state) >> (next(&state) & 31);
        const double want = rint((double)((float)v * scale));
        cr_assert_eq((double)hn_requant_rne(v, bits.i), want, "%d", v);
        cr_assert_eq(hn_requant(HN_ARITH_RNE, v, bits.i, 7), hn_requant_rne(v, bits.i));
    }
}

Test(fixed, clamp_keeps_the_ends) {
    cr_assert_eq(hn_clamp_s32(-129, -128, 127), -128);
    cr_assert_eq(hn_clamp_s32(-128, -128, 127), -128);
    cr_assert_eq(hn_clamp_s32(127, -128, 127), 127);
    cr_assert_eq(hn_clamp_s32(INT32_MAX, -128, 127), 127);
}
