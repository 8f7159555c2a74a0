/* SPDX-License-Identifier: Apache-2.0
 * core/math.h against the C library's double functions: error in units in the last place over a
 * stride through all floats, and the values of C99 Annex F at the edges. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

#include "core/math.h"

/* Distance of a float from the exact value, in units of the float nearest to that. */
static double ulps(float got, double want) {
    if (isnan(want)) return isnan(got) ? 0 : INFINITY;
    const float nearest = (float)want;
    if (got == nearest) return isinf(nearest) ? 0 : fabs((double)got - want) > 0 ? 0.5 : 0;
    if (isinf(nearest) || isinf(got)) return INFINITY;
    int e = 0;
    frexp(want, &e);
    return fabs((double)got - want) / ldexp(1, (e < -125 ? -125 : e) - 24);
}

/* The largest error over every 9973rd float; 9973 is prime, so all low bits occur. */
static double worst(float (*got)(float), double (*want)(double)) {
    double most = 0;
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += 9973) {
        const float x = hn_of_bits((uint32_t)bits);
        const double error = ulps(got(x), want((double)x));
        if (error > most) most = error;
    }
    return most;
}

static double sigmoid(double x) {
    return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

static double rsqrt(double x) {
    return 1 / sqrt(x);
}

Test(math, exp_is_within_one_ulp) {
    cr_assert_lt(worst(hn_exp, exp), 1.0);
}

Test(math, log_is_within_one_ulp) {
    cr_assert_lt(worst(hn_log, log), 1.0);
}

Test(math, tanh_is_within_two_ulp) {
    cr_assert_lt(worst(hn_tanh, tanh), 1.5);
}

Test(math, sigmoid_is_within_two_ulp) {
    cr_assert_leq(worst(hn_sigmoid, sigmoid), 2.0);
}

Test(math, erf_is_within_two_ulp) {
    cr_assert_lt(worst(hn_erf, erf), 1.5);
}

Test(math, sin_and_cos_are_within_two_ulp) {
    cr_assert_lt(worst(hn_sin, sin), 1.75);
    cr_assert_lt(worst(hn_cos, cos), 1.75);
}

Test(math, square_roots_are_rounded_correctly) {
    cr_assert_leq(worst(hn_sqrt, sqrt), 0.5);
    cr_assert_leq(worst(hn_sqrt_portable, sqrt), 0.5);
    cr_assert_lt(worst(hn_rsqrt, rsqrt), 1.5);
}

Test(math, both_square_roots_give_the_same_bits) {
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += 4999) {
        const float x = hn_of_bits((uint32_t)bits);
        const float a = hn_sqrt(x), b = hn_sqrt_portable(x);
        cr_assert((isnan(a) && isnan(b)) || hn_bits_of(a) == hn_bits_of(b));
    }
}

Test(math, expm1_log1p_and_atan_are_within_three_ulp) {
    cr_assert_lt(worst(hn_expm1, expm1), 1.75);
    cr_assert_lt(worst(hn_log1p, log1p), 2.6);
    cr_assert_lt(worst(hn_atan, atan), 2.0);
}

Test(math, atan2_knows_quadrants_zeros_and_infinities) {
    static const float v[] = {0.0f, -0.0f, 1.0f, -1.0f, 1e-30f, 3e38f, INFINITY, -INFINITY, NAN};
    for (int i = 0; i < 9; i++) {
        for (int j = 0; j < 9; j++) {
            const double want = atan2((double)v[i], (double)v[j]);
            cr_assert_lt(ulps(hn_atan2(v[i], v[j]), want), 2.5, "%g %g", (double)v[i],
                         (double)v[j]);
        }
    }
}

Test(math, rest_of_a_division_is_exact) {
    uint32_t seed = 1;
    for (int i = 0; i < 100000; i++) {
        seed = seed * 1664525u + 1013904223u;
        const float x = hn_of_bits(seed);
        seed = seed * 1664525u + 1013904223u;
        const float y = hn_of_bits(seed), got = hn_fmod(x, y), want = fmodf(x, y);
        cr_assert(got == want || (isnan(got) && isnan(want)), "%g %g", (double)x, (double)y);
    }
    cr_assert(hn_floor_mod(-7.0f, 2.0f) == 1.0f && hn_floor_mod(7.0f, -2.0f) == -1.0f);
}

Test(math, whole_numbers_are_exact) {
    cr_assert_eq(worst(hn_floor, floor), 0);
    cr_assert_eq(worst(hn_ceil, ceil), 0);
    cr_assert_eq(worst(hn_round, rint), 0);
    cr_assert(signbit(hn_round(-0.5f)) && signbit(hn_ceil(-0.5f)) && signbit(hn_floor(-0.0f)));
}

Test(math, pow_is_within_one_ulp) {
    uint64_t state = 1;
    double most = 0;
    for (int i = 0; i < 400000; ++i) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const float x = hn_of_bits((uint32_t)(state >> 32) & 0x7fffffffu);
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const float y = (float)((int32_t)(state >> 52) - 2048) * (i % 2 == 0 ? 0.015625f : 1e-3f);
        const double error = ulps(hn_pow(x, y), pow((double)x, (double)y));
        if (error > most) most = error;
    }
    cr_assert_lt(most, 1.0);
}

Test(math, pow_has_the_values_of_annex_f) {
    static const float v[] = {0.0f,  -0.0f,       1.0f,  -1.0f,    2.0f,        -2.0f,       3.0f,
                              -3.0f, 0.5f,        -0.5f, INFINITY, -INFINITY,   NAN,         1e-40f,
                              2.5f,  16777216.0f, 1e30f, -1e30f,   16777215.0f, -16777215.0f};
    for (size_t i = 0; i < sizeof v / sizeof v[0]; ++i) {
        for (size_t j = 0; j < sizeof v / sizeof v[0]; ++j) {
            const float got = hn_pow(v[i], v[j]);
            const float want = (float)pow((double)v[i], (double)v[j]);
            cr_assert(isnan(want) ? isnan(got) : ulps(got, (double)want) <= 1, "%g ^ %g: %g not %g",
                      (double)v[i], (double)v[j], (double)got, (double)want);
            cr_assert(isnan(want) || !signbit(got) == !signbit(want), "%g ^ %g", (double)v[i],
                      (double)v[j]);
        }
    }
}

Test(math, edges_are_those_of_annex_f) {
    cr_assert_eq(hn_exp(-INFINITY), 0.0f);
    cr_assert_eq(hn_exp(INFINITY), INFINITY);
    cr_assert_eq(hn_exp(0.0f), 1.0f);
    cr_assert_eq(hn_log(0.0f), -INFINITY);
    cr_assert_eq(hn_log(-0.0f), -INFINITY);
    cr_assert_eq(hn_log(INFINITY), INFINITY);
    cr_assert_eq(hn_log(1.0f), 0.0f);
    cr_assert(isnan(hn_log(-1.0f)));
    cr_assert_eq(hn_tanh(INFINITY), 1.0f);
    cr_assert_eq(hn_tanh(-INFINITY), -1.0f);
    cr_assert_eq(hn_erf(-INFINITY), -1.0f);
    cr_assert_eq(hn_sigmoid(-INFINITY), 0.0f);
    cr_assert_eq(hn_sigmoid(INFINITY), 1.0f);
    cr_assert(isnan(hn_sin(INFINITY)) && isnan(hn_cos(-INFINITY)));
    cr_assert(signbit(hn_sin(-0.0f)) && signbit(hn_tanh(-0.0f)) && signbit(hn_erf(-0.0f)));
    cr_assert(signbit(hn_sqrt_portable(-0.0f)) && isnan(hn_sqrt_portable(-1.0f)));
    cr_assert_eq(hn_rsqrt(0.0f), INFINITY);
    cr_assert(isnan(hn_exp(NAN)) && isnan(hn_sigmoid(NAN)) && isnan(hn_tanh(NAN)));
}

Test(math, small_rounding_is_half_to_even) {
    cr_assert_eq(hn_round_small(hn_limit_small(2.5f)), 2);
    cr_assert_eq(hn_round_small(hn_limit_small(-3.5f)), -4);
    cr_assert_eq(hn_round_small(hn_limit_small(NAN)), 0);
    cr_assert_eq(hn_round_small(hn_limit_small(INFINITY)), 4194303);
    cr_assert_eq(hn_round_small(hn_limit_small(-1e20f)), -4194303);
}
