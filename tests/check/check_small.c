/* SPDX-License-Identifier: Apache-2.0
 * Small numbers to and from float32. What a pattern means is computed from its fields with ldexp;
 * what a number becomes is found by looking at all patterns for the nearest. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/small/small.h"

typedef struct format {
    const char *name;
    hn_small f;
} format;

static const format formats[] = {
    {"f8e4m3", {8, 4, 3, 7, HN_SMALL_FN}},       {"f8e5m2", {8, 5, 2, 15, HN_SMALL_IEEE}},
    {"f8e4m3fnuz", {8, 4, 3, 8, HN_SMALL_FNUZ}}, {"f8e5m2fnuz", {8, 5, 2, 16, HN_SMALL_FNUZ}},
    {"f4e2m1", {4, 2, 1, 1, HN_SMALL_FULL}},     {"s4", {4, 0, 3, 0, HN_SMALL_FULL}},
    {"u4", {4, 0, 4, 0, HN_SMALL_FULL}},         {"s2", {2, 0, 1, 0, HN_SMALL_FULL}},
    {"u2", {2, 0, 2, 0, HN_SMALL_FULL}},
};
enum { N_FORMATS = sizeof formats / sizeof formats[0], N = 2500 };

static double meaning(const hn_small *f, uint32_t bits) {
    const int places = f->exponent + f->mantissa;
    const uint32_t size = bits & ((1u << places) - 1), all = (1u << places) - 1;
    const double sign = (bits >> places & 1) != 0 ? -1 : 1;
    const uint32_t e = size >> f->mantissa, m = size & ((1u << f->mantissa) - 1);
    const bool is_top = e == (1u << f->exponent) - 1;
    if (f->exponent == 0 && f->mantissa == f->bits) return bits;
    if (f->exponent == 0) return (double)size - (sign < 0 ? ldexp(1, places) : 0);
    if (f->special == HN_SMALL_IEEE && is_top)
        return m != 0 ? (double)NAN : sign * (double)INFINITY;
    if (f->special == HN_SMALL_FN && size == all) return (double)NAN;
    if (f->special == HN_SMALL_FNUZ && bits == all + 1) return (double)NAN;
    if (e == 0) return sign * ldexp(m, 1 - f->bias - f->mantissa);
    return sign * ldexp(1 + ldexp(m, -f->mantissa), (int)e - f->bias);
}

static uint32_t nearest(const hn_small *f, float v) {
    uint32_t best = 0;
    double least = (double)INFINITY;
    if (f->exponent == 0) return (uint32_t)(int32_t)v & ((1u << f->bits) - 1);
    for (uint32_t bits = 0; bits < 1u << f->bits; bits++) {
        const double m = meaning(f, bits), far = fabs(m - (double)v);
        const bool has_sign = (signbit(m) != 0) == (signbit(v) != 0);
        if (isnan(m) || isinf(m) || far > least) continue;
        if (m == 0 && !has_sign && f->special != HN_SMALL_FNUZ) continue;
        if (far == least && (bits & 1) != 0) continue;
        least = far;
        best = bits;
    }
    return best;
}

static hn_unpack_args args_of(const hn_small *f, int32_t n) {
    const hn_unpack_args a = {n,       f->bits,    f->exponent, f->mantissa,
                              f->bias, f->special, 1,           HN_SMALL_NEAREST};
    return a;
}

static uint32_t at(const uint8_t *bytes, uint32_t i, uint32_t bits) {
    return (uint32_t)bytes[i * bits / 8] >> i * bits % 8 & ((1u << bits) - 1);
}

void check_unpack(check *c) {
    for (int k = 0; k < N_FORMATS; k++) {
        const hn_small *f = &formats[k].f;
        const hn_unpack_args a = args_of(f, N);
        const size_t n_bytes = (size_t)(N * f->bits + 7) / 8;
        const uint8_t *in = check_bytes(c, n_bytes);
        float *want = check_alloc(c, N * sizeof(float));
        for (uint32_t i = 0; i < N; i++) {
            const double m = meaning(f, at(in, i, (uint32_t)f->bits));
            const uint32_t nan = 0x7fc00000u;
            want[i] = (float)m;
            if (isnan(m)) memcpy(&want[i], &nan, sizeof nan);
        }
        check_case kase = {.family = HN_FAMILY_unpack, .types = HN_TYPES_f32, .args = &a};
        kase.operand[HN_SMALL_IN] = (check_operand){in, n_bytes};
        kase.operand[HN_SMALL_OUT].bytes = N * sizeof(float);
        kase.n_operands = HN_SMALL_OPERANDS;
        kase.out = HN_SMALL_OUT;
        kase.expect = want;
        snprintf(kase.name, sizeof kase.name, "%s", formats[k].name);
        check_run(c, &kase);
    }
}

void check_pack(check *c) {
    for (int k = 0; k < N_FORMATS; k++) {
        const hn_small *f = &formats[k].f;
        const hn_unpack_args a = args_of(f, N);
        const size_t n_bytes = (size_t)(N * f->bits + 7) / 8;
        const float *in =
            check_floats(c, N, k % 2 == 0 ? -9.0f : -0.02f, k % 2 == 0 ? 500.0f : 9.0f);
        uint8_t *want = check_alloc(c, n_bytes);
        for (uint32_t i = 0; i < N; i++) {
            const uint32_t bits = nearest(f, in[i]), place = i * (uint32_t)f->bits;
            want[place / 8] = (uint8_t)(want[place / 8] | bits << place % 8);
        }
        check_case kase = {.family = HN_FAMILY_pack, .types = HN_TYPES_f32, .args = &a};
        kase.operand[HN_SMALL_IN] = (check_operand){in, N * sizeof(float)};
        kase.operand[HN_SMALL_OUT].bytes = n_bytes;
        kase.n_operands = HN_SMALL_OPERANDS;
        kase.out = HN_SMALL_OUT;
        kase.expect = want;
        snprintf(kase.name, sizeof kase.name, "%s", formats[k].name);
        check_run(c, &kase);
    }
}
