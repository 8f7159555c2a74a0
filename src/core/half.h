/* SPDX-License-Identifier: Apache-2.0
 * Half precision (IEEE binary16) and bfloat16 as storage: to and from float, rounding to nearest,
 * ties to even. Integer work only, so that every machine gives the same bits; NaNs stay NaN. And
 * the multiply-add of halves, as processors that compute in them do it: rounded once. */
#ifndef HN_CORE_HALF_H
#define HN_CORE_HALF_H

#include <stdint.h>

#include "core/math.h"

static inline float hn_f32_of_f16(uint16_t h) {
    const uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
    const uint32_t rest = h & 0x7fffu;
    if (rest >= 0x7c00u) return hn_of_bits(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
    if (rest >= 0x400u) return hn_of_bits(sign | ((rest << 13) + 0x38000000u));
    const float small = (float)rest * 0x1p-24f;
    return hn_of_bits(sign | hn_bits_of(small));
}

static inline float hn_f32_of_bf16(uint16_t b) {
    return hn_of_bits((uint32_t)b << 16);
}

/* What a shift right by `shift` (1..31) loses, rounded to nearest, ties to even. */
static inline uint32_t hn_shift_even(uint32_t v, uint32_t shift) {
    const uint32_t kept = v >> shift;
    const uint32_t lost = v & (((uint32_t)1 << shift) - 1u);
    const uint32_t half = (uint32_t)1 << (shift - 1u);
    return kept + (lost > half || (lost == half && (kept & 1u) != 0) ? 1u : 0u);
}

static inline uint16_t hn_f16_of_f32(float v) {
    const uint32_t bits = hn_bits_of(v);
    const uint32_t sign = bits >> 16 & 0x8000u;
    const uint32_t size = bits & 0x7fffffffu;
    uint32_t h;
    if (size > 0x7f800000u) {
        h = 0x7e00u;
    } else if (size >= 0x47800000u) {
        h = 0x7c00u;
    } else if (size >= 0x38800000u) {
        h = hn_shift_even(size - 0x38000000u, 13);
    } else if (size >= 0x33000000u) {
        h = hn_shift_even((size & 0x7fffffu) | 0x800000u, 126u - (size >> 23));
    } else {
        h = 0;
    }
    return (uint16_t)(sign | h);
}

static inline uint16_t hn_bf16_of_f32(float v) {
    const uint32_t bits = hn_bits_of(v);
    if (v != v) return (uint16_t)((bits >> 16) | 0x40u);
    return (uint16_t)hn_shift_even(bits, 16);
}

/* Through a float whose last bit tells whether anything was lost: then the second rounding is the
 * only one. */
static inline uint16_t hn_f16_of_f64(double v) {
    const float near = (float)v;
    uint32_t bits = hn_bits_of(near);
    const double size = near < 0 ? -(double)near : (double)near;
    const double exact = v < 0 ? -v : v;
    if (size > exact && (bits & 0x7fffffffu) <= 0x7f800000u) bits--;
    if (size != exact && v == v) bits |= 1u;
    return hn_f16_of_f32(hn_of_bits(bits));
}

/* hn_f32_of_f16 without branches, so that loops vectorise. */
static inline float hn_half_widen(uint16_t h) {
    const float size = hn_of_bits((uint32_t)(h & 0x7fffu) << 13) * 0x1p112f;
    const uint32_t top = size >= 65536.0f ? 0x7f800000u : 0;
    return hn_of_bits(hn_bits_of(size) | top | (uint32_t)(h & 0x8000u) << 16);
}

/* v as the nearest half. Above the smallest normal number its last 42 bits are rounded away; below,
 * a sum with a large number does that. */
static inline float hn_half_near(double v) {
    union {
        double d;
        uint64_t u;
    } size, normal;
    size.d = v;
    const uint32_t sign = (uint32_t)(size.u >> 32) & 0x80000000u;
    size.u &= ~((uint64_t)1 << 63);
    normal.u =
        (size.u + (((uint64_t)1 << 41) - 1) + (size.u >> 42 & 1)) & ~(((uint64_t)1 << 42) - 1);
    const double tiny = (size.d + 0x1.8p28) - 0x1.8p28;
    double near = size.d < 0x1p-14 ? tiny : normal.d;
    near = near >= 65520.0 ? (double)hn_of_bits(0x7f800000u) : near;
    near = v != v ? v : near;
    return hn_of_bits(hn_bits_of((float)near) | sign);
}

/* Long sums of halves would lose what float32 keeps: so many products are added in halves, from
 * zero on, and their sum to a float. */
enum { HN_HALF_BLOCK = 32 };

/* sum + x * y of halves, rounded once. The product is exact in double, and so is the sum where its
 * rounding to a half could be in doubt: 22 bits of a product and 11 of a sum that are further apart
 * than 53 bits leave the larger one, which is no midpoint of halves. */
static inline float hn_half_mac(float sum, float x, float y) {
    return hn_half_near((double)x * (double)y + (double)sum);
}

#endif
