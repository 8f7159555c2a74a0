/* SPDX-License-Identifier: Apache-2.0
 * Conversions between all pairs of types, over ordinary numbers and those at the edges. What to
 * expect is made by long double arithmetic and the C library's rounding. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/ewise/ewise.h"

/* A type: key, target, bytes, bits of the mantissa and least exponent of a float (0: no float),
 * whether it is signed. */
typedef struct type {
    const char *name;
    hn_types key;
    hn_cast_to to;
    int32_t bytes, mantissa, least;
    bool is_signed, is_bool;
} type;

static const type types[] = {
    {"s8", HN_TYPES_s8, HN_CAST_TO_s8, 1, 0, 0, true, false},
    {"u8", HN_TYPES_u8, HN_CAST_TO_u8, 1, 0, 0, false, false},
    {"s16", HN_TYPES_s16, HN_CAST_TO_s16, 2, 0, 0, true, false},
    {"u16", HN_TYPES_u16, HN_CAST_TO_u16, 2, 0, 0, false, false},
    {"s32", HN_TYPES_s32, HN_CAST_TO_s32, 4, 0, 0, true, false},
    {"u32", HN_TYPES_u32, HN_CAST_TO_u32, 4, 0, 0, false, false},
    {"s64", HN_TYPES_s64, HN_CAST_TO_s64, 8, 0, 0, true, false},
    {"u64", HN_TYPES_u64, HN_CAST_TO_u64, 8, 0, 0, false, false},
    {"bool", HN_TYPES_b8, HN_CAST_TO_b8, 1, 0, 0, false, true},
    {"f16", HN_TYPES_f16, HN_CAST_TO_f16, 2, 11, -14, true, false},
    {"bf16", HN_TYPES_bf16, HN_CAST_TO_bf16, 2, 8, -126, true, false},
    {"f32", HN_TYPES_f32, HN_CAST_TO_f32, 4, 24, -126, true, false},
    {"f64", HN_TYPES_f64, HN_CAST_TO_f64, 8, 53, -1022, true, false},
};

/* v rounded to a float of so many bits, ties to even, as its bits. */
static uint64_t float_bits(double v, const type *t) {
    const int32_t fraction = t->mantissa - 1, width = 8 * t->bytes;
    const uint64_t top = (UINT64_C(1) << (width - 1 - fraction)) - 1;
    const uint64_t sign = signbit(v) ? UINT64_C(1) << (width - 1) : 0;
    if (isnan(v)) return top << fraction | UINT64_C(1) << (fraction - 1);
    int e = 0;
    if (v == 0) return sign;
    if (isinf(v)) return sign | top << fraction;
    frexp(fabs(v), &e);
    if (e - 1 < t->least) e = t->least + 1;
    const double scaled = rint(ldexp(fabs(v), t->mantissa - e));
    const uint64_t whole = (uint64_t)scaled;
    const uint64_t bits = whole + ((uint64_t)(e - 1 - t->least) << fraction);
    const bool is_inf = bits >> fraction >= top;
    return sign | (is_inf ? top << fraction : bits);
}

static double float_value(uint64_t bits, const type *t) {
    const int32_t fraction = t->mantissa - 1, width = 8 * t->bytes;
    const uint64_t top = (UINT64_C(1) << (width - 1 - fraction)) - 1;
    const uint64_t rest = bits & ((UINT64_C(1) << fraction) - 1), e = bits >> fraction & top;
    const double sign = (bits >> (width - 1)) != 0 ? -1 : 1;
    if (e == top) return rest != 0 ? NAN : sign * INFINITY;
    const double whole = (double)(e == 0 ? rest : rest | UINT64_C(1) << fraction);
    return sign * ldexp(whole, (e == 0 ? 1 : (int)e) - 1 + t->least - fraction);
}

static uint64_t load(const uint8_t *data, size_t at, const type *t) {
    uint64_t v = 0;
    memcpy(&v, data + at * (size_t)t->bytes, (size_t)t->bytes);
    return v;
}

static int64_t extend(uint64_t v, const type *t) {
    const int32_t spare = 64 - 8 * t->bytes;
    return t->is_signed ? (int64_t)(v << spare) >> spare : (int64_t)v;
}

/* A float, truncated and saturated. */
static uint64_t truncate(double v, const type *t) {
    const int32_t bits = 8 * t->bytes - (t->is_signed ? 1 : 0);
    const double end = ldexp(1, bits), low = t->is_signed ? -end : 0;
    if (isnan(v)) return 0;
    if (v <= low) return t->is_signed ? (uint64_t)(-1 - (int64_t)(UINT64_MAX >> (64 - bits))) : 0;
    if (v >= end) return UINT64_MAX >> (64 - bits);
    return v < 0 ? (uint64_t)(int64_t)v : (uint64_t)v;
}

static uint64_t convert(uint64_t v, const type *from, const type *to) {
    const bool is_u64 = from->to == HN_CAST_TO_u64;
    const int64_t whole = from->is_bool ? v != 0 : extend(v, from);
    if (from->mantissa == 0) {
        if (to->is_bool) return whole != 0;
        if (to->mantissa == 0) return (uint64_t)whole;
        if (to->mantissa == 53)
            return float_bits(is_u64 ? (double)(uint64_t)whole : (double)whole, to);
        return float_bits((double)(is_u64 ? (float)(uint64_t)whole : (float)whole), to);
    }
    const double real = float_value(v, from);
    if (to->is_bool) return real != 0;
    if (to->mantissa == 0) return truncate(real, to);
    if (from->mantissa == 53 && to->mantissa == 8) return float_bits((double)(float)real, to);
    return float_bits(real, to);
}

/* Random bits, numbers at the edges of types, and small numbers. NaNs have one form. */
static uint8_t *numbers(check *c, size_t n, const type *t) {
    static const double edges[] = {
        0.0,           -0.0,         0.5,     -0.5,    127.5,   -128.5, 255.9,
        256.0,         65504.0,      65519.9, 65520.0, 1e-8,    6.1e-5, 2147483647.0,
        -2147483648.0, 4294967296.0, 9.3e18,  -9.3e18, 1.85e19, 3.5e38, 1e300};
    uint8_t *data = check_bytes(c, n * (size_t)t->bytes);
    for (size_t i = 0; i < n; ++i) {
        uint8_t *e = data + i * (size_t)t->bytes;
        if (t->is_bool) *e &= 1;
        if (t->mantissa == 0) continue;
        uint64_t bits = load(data, i, t);
        if (i % 4 == 0) bits = float_bits(0.25 * check_range(c, -3000, 3000), t);
        if (i < sizeof edges / sizeof edges[0]) bits = float_bits(edges[i], t);
        if (isnan(float_value(bits, t))) bits = float_bits((double)NAN, t);
        if (i == 30) bits = float_bits((double)INFINITY, t);
        memcpy(e, &bits, (size_t)t->bytes);
    }
    return data;
}

static void run(check *c, const type *from, const type *to, size_t n) {
    const hn_cast_args a = {(int32_t)n, (int32_t)to->to};
    check_case k = {.family = HN_FAMILY_cast, .types = from->key, .args = &a};
    const uint8_t *in = numbers(c, n, from);
    uint8_t *want = check_alloc(c, n * (size_t)to->bytes);
    for (size_t i = 0; i < n; ++i) {
        const uint64_t v = convert(load(in, i, from), from, to);
        memcpy(want + i * (size_t)to->bytes, &v, (size_t)to->bytes);
    }
    k.operand[HN_CAST_IN] = (check_operand){in, n * (size_t)from->bytes};
    k.operand[HN_CAST_OUT].bytes = n * (size_t)to->bytes;
    k.n_operands = HN_CAST_OPERANDS;
    k.out = HN_CAST_OUT;
    k.expect = want;
    snprintf(k.name, sizeof k.name, "%zu to %s", n, to->name);
    check_run(c, &k);
}

void check_cast(check *c) {
    const size_t n_types = sizeof types / sizeof types[0];
    for (size_t from = 0; from < n_types; ++from) {
        for (size_t to = 0; to < n_types; ++to) {
            run(c, &types[from], &types[to], 1);
            run(c, &types[from], &types[to], 1500);
        }
    }
}
