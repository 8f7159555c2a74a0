/* SPDX-License-Identifier: Apache-2.0
 * Small numbers as storage: floats of 4 to 16 bits and integers of 2 and 4, each described by its
 * fields, so that one function reads them all and one writes them. Every small number is a float32
 * exactly; writing rounds to nearest, ties to even. Integer work only. */
#ifndef HN_CORE_SMALL_NUMBER_H
#define HN_CORE_SMALL_NUMBER_H

#include "core/half.h"
#include "core/math.h"

/* What the patterns of the greatest exponent mean. */
enum {
    HN_SMALL_IEEE, /* infinities and NaNs */
    HN_SMALL_FN,   /* no infinity; all ones is a NaN */
    HN_SMALL_FNUZ, /* no infinity, no negative zero: its pattern is the NaN */
    HN_SMALL_FULL, /* numbers throughout */
    HN_SMALL_POWER /* no sign and no mantissa: 2^(bits - bias); all ones is a NaN */
};

/* exponent 0: an integer, with a sign where mantissa is one less than bits. */
typedef struct hn_small {
    int32_t bits, exponent, mantissa, bias, special;
} hn_small;

/* How a power of two is chosen for a number between two. */
enum { HN_SMALL_NEAREST, HN_SMALL_UP, HN_SMALL_DOWN };

/* 2^e, -149 <= e <= 127. */
static inline float hn_power_of_2(int32_t e) {
    if (e < -126) return hn_of_bits((uint32_t)1 << (e + 149));
    return hn_of_bits((uint32_t)(e + 127) << 23);
}

static inline int hn_small_is_nan(const hn_small *f, uint32_t size, uint32_t sign) {
    const uint32_t all = ((uint32_t)1 << (f->exponent + f->mantissa)) - 1;
    const uint32_t infinity = all ^ (((uint32_t)1 << f->mantissa) - 1);
    if (f->special == HN_SMALL_IEEE) return size > infinity;
    if (f->special == HN_SMALL_FN || f->special == HN_SMALL_POWER) return size == all;
    return f->special == HN_SMALL_FNUZ && sign != 0 && size == 0;
}

static inline float hn_small_read_float(const hn_small *f, uint32_t bits) {
    const uint32_t places = (uint32_t)(f->exponent + f->mantissa);
    const uint32_t size = bits & (((uint32_t)1 << places) - 1), sign = bits >> places & 1;
    const uint32_t mantissa = size & (((uint32_t)1 << f->mantissa) - 1);
    const uint32_t exponent = size >> f->mantissa, top = ((uint32_t)1 << f->exponent) - 1;
    float v;
    if (hn_small_is_nan(f, size, sign)) return hn_of_bits(0x7fc00000u);
    if (f->special == HN_SMALL_POWER) return hn_power_of_2((int32_t)size - f->bias);
    if (f->special == HN_SMALL_IEEE && exponent == top) {
        v = hn_infinity();
    } else if (exponent == 0) {
        v = (float)mantissa * hn_power_of_2(1 - f->bias - f->mantissa);
    } else {
        const float fraction = 1.0f + (float)mantissa * hn_power_of_2(-f->mantissa);
        v = fraction * hn_power_of_2((int32_t)exponent - f->bias);
    }
    return sign != 0 ? -v : v;
}

/* An integer or a float. */
static inline float hn_small_read(const hn_small *f, uint32_t bits) {
    const uint32_t top = (uint32_t)1 << (f->bits - 1);
    if (f->exponent > 0) return hn_small_read_float(f, bits);
    return f->mantissa == f->bits ? (float)bits : (float)((int32_t)(bits ^ top) - (int32_t)top);
}

/* Exponent and mantissa of a finite size, rounded; more than the format has where it is too large.
 */
static inline uint32_t hn_small_round(const hn_small *f, uint32_t size) {
    const uint32_t whole = (size & 0x7fffffu) | 0x800000u;
    const int32_t e = (int32_t)(size >> 23) - 127, least = 1 - f->bias;
    const int32_t shift = 23 - f->mantissa + (e < least ? least - e : 0);
    if (size < 0x800000u || shift > 25) return 0;
    const uint32_t rounded = hn_shift_even(whole, (uint32_t)shift);
    return e < least ? rounded : ((uint32_t)(e - least) << f->mantissa) + rounded;
}

static inline uint32_t hn_small_write_float(const hn_small *f, float v, int32_t saturate) {
    const uint32_t places = (uint32_t)(f->exponent + f->mantissa);
    const uint32_t all = ((uint32_t)1 << places) - 1;
    const uint32_t infinity = all ^ (((uint32_t)1 << f->mantissa) - 1);
    const uint32_t sign = hn_bits_of(v) >> 31 << places, size = hn_bits_of(v) & 0x7fffffffu;
    const uint32_t most = f->special == HN_SMALL_IEEE ? infinity - 1
                          : f->special == HN_SMALL_FN ? all - 1
                                                      : all;
    uint32_t nan = sign | all; /* what an overflow becomes where there is no infinity, too */
    if (f->special == HN_SMALL_IEEE) nan = sign | infinity | (infinity >> 1 & ~infinity & all);
    if (f->special == HN_SMALL_FNUZ) nan = (uint32_t)1 << places;
    if (f->special == HN_SMALL_FULL) nan = (uint32_t)1 << places;
    if (size > 0x7f800000u) return nan;
    const uint32_t rounded = size == 0x7f800000u ? all + 1 : hn_small_round(f, size);
    if (rounded == 0 && f->special == HN_SMALL_FNUZ) return 0;
    if (rounded <= most) return sign | rounded;
    if (saturate != 0 || f->special == HN_SMALL_FULL) return sign | most;
    return f->special == HN_SMALL_IEEE ? sign | infinity : nan;
}

/* The exponent of a positive number; what is not above the least power is the least. */
static inline uint32_t hn_small_write_power(const hn_small *f, float v, int32_t saturate,
                                            int32_t rounding) {
    const uint32_t size = hn_bits_of(v) & 0x7fffffffu, all = ((uint32_t)1 << f->bits) - 1;
    const uint32_t mantissa = size & 0x7fffffu;
    if (size > 0x7f800000u) return all;
    if (size <= 0x400000u) return 0;
    uint32_t e = size >> 23;
    if (rounding == HN_SMALL_UP && mantissa != 0) e++;
    if (rounding == HN_SMALL_NEAREST && mantissa >= 0x400000u) e++;
    if (e < all) return e;
    return saturate != 0 ? all - 1 : all;
}

/* Integers take the low bits of v without its fraction. */
static inline uint32_t hn_small_write(const hn_small *f, float v, int32_t saturate,
                                      int32_t rounding) {
    if (f->special == HN_SMALL_POWER) return hn_small_write_power(f, v, saturate, rounding);
    if (f->exponent > 0) return hn_small_write_float(f, v, saturate);
    const float limited = v > 0x1p30f ? 0x1p30f : v < -0x1p30f ? -0x1p30f : v;
    const int32_t whole = v == v ? (int32_t)limited : 0;
    return (uint32_t)whole & (((uint32_t)1 << f->bits) - 1);
}

#endif
