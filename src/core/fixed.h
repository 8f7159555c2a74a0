/* SPDX-License-Identifier: Apache-2.0
 * The integer arithmetics: how an int32 accumulator becomes an 8- or 16-bit value. A quantized
 * step carries one of them in its arguments; all give the same bits on every machine.
 *
 * HN_ARITH_TFLITE  the accumulator times a Q31 multiplier with a shift, rounded twice: what
 *                  LiteRT's reference kernels do (Jacob et al., "Quantization and Training of
 *                  Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018).
 * HN_ARITH_RNE     the accumulator times one float32, rounded half to even: what ONNX's QLinear
 *                  operators, folded Q/DQ pairs, PyTorch and ExecuTorch do.
 * HN_ARITH_ONCE    the Q31 multiplier and shift, rounded once, half away from zero. For steps only:
 *                  LiteRT's reference FULLY_CONNECTED since 2.20 multiplies by a double and rounds
 *                  so (6 of 22,704 random outputs differ from HN_ARITH_TFLITE, none from this).
 *
 * HN_ARITH_WIDE    a 64-bit accumulator, the multiplier's upper 16 bits and the shift, rounded
 * once, ties up. For steps on 16-bit activations only, as LiteRT does there. HN_ARITH_REAL    a
 * 64-bit accumulator times a double, rounded half away from zero; the two words of a channel are
 * the double. For 16-bit fully connected steps only. HN_ARITH_HALF    no integers: floats that are
 * multiplied and added in half precision (core/half.h), which somebody asked for.
 *
 * In the others, the per-channel multiplier is one 32-bit word in a constant: the Q31 multiplier,
 * or the bits of the float. */
#ifndef HN_CORE_FIXED_H
#define HN_CORE_FIXED_H

#include <stdint.h>

typedef enum hn_arith {
    HN_ARITH_NONE,
    HN_ARITH_TFLITE,
    HN_ARITH_RNE,
    HN_ARITH_ONCE,
    HN_ARITH_WIDE,
    HN_ARITH_REAL,
    HN_ARITH_HALF
} hn_arith;

/* Bytes of an element where an arithmetic tells it: floats, halves, or integers of 8 bits. */
static inline uint32_t hn_arith_bytes(int32_t arith) {
    return arith == HN_ARITH_NONE ? 4 : arith == HN_ARITH_HALF ? 2 : 1;
}

static inline int32_t hn_clamp_s32(int32_t v, int32_t low, int32_t high) {
    return v < low ? low : v > high ? high : v;
}

/* a * b / 2^31, rounded to nearest, ties towards +inf, saturated: ARM's SQRDMULH. The same bits as
 * gemmlowp's form, which nudges by 2^30 or 1 - 2^30 and divides towards zero. */
static inline int32_t hn_sqrdmulh(int32_t a, int32_t b) {
    if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
    const int64_t product = (int64_t)a * (int64_t)b;
    return (int32_t)((product + (1 << 30)) >> 31);
}

/* v / 2^shift, rounded to nearest, ties away from zero; 0 <= shift <= 31. */
static inline int32_t hn_rounding_shift_right(int32_t v, int32_t shift) {
    const int32_t mask = (int32_t)(((uint32_t)1 << shift) - 1u);
    const int32_t rest = v & mask;
    const int32_t threshold = (mask >> 1) + (v < 0 ? 1 : 0);
    return (v >> shift) + (rest > threshold ? 1 : 0);
}

/* v * multiplier / 2^31 * 2^shift: the double rounding of HN_ARITH_TFLITE; -31 <= shift <= 30.
 * Halves away from zero are halves up of what is one less where negative; the product is never the
 * lowest integer, so that fits. */
static inline int32_t hn_requant_q31(int32_t v, int32_t multiplier, int32_t shift) {
    if (shift > 0) return hn_sqrdmulh((int32_t)((uint32_t)v << shift), multiplier);
    const int32_t high = hn_sqrdmulh(v, multiplier);
    if (shift == 0) return high;
    return (((high + (high >> 31)) >> (-1 - shift)) + 1) >> 1;
}

/* The same product rounded once, half away from zero, saturated to +-2^30; -31 <= shift <= 30. */
static inline int32_t hn_requant_once(int32_t v, int32_t multiplier, int32_t shift) {
    const int32_t right = 31 - shift;
    const int64_t product = (int64_t)v * (int64_t)multiplier;
    const int64_t half = (int64_t)1 << (right - 1);
    const int64_t scaled = product < 0 ? -((half - product) >> right) : (half + product) >> right;
    if (scaled > 1 << 30) return 1 << 30;
    return scaled < -(1 << 30) ? -(1 << 30) : (int32_t)scaled;
}

/* A 64-bit accumulator times the upper 16 bits of the multiplier, rounded once, ties up: what
 * LiteRT does with 16-bit activations. -31 <= shift; more than 14 is taken for 14. */
static inline int32_t hn_requant_wide(int64_t v, int32_t multiplier, int32_t shift) {
    const int32_t reduced = multiplier < 0x7fff0000 ? (multiplier + (1 << 15)) >> 16 : 0x7fff;
    const int32_t right = 15 - (shift > 14 ? 14 : shift);
    const uint64_t half = UINT64_C(1) << (right - 1);
    const uint64_t scaled = (uint64_t)v * (uint64_t)(int64_t)reduced + half;
    return (int32_t)((int64_t)scaled >> right);
}

/* The nearest integer, ties to even, saturated to +-2^30 (a NaN gives 0); exact because |v| < 2^22
 * makes v + 1.5 * 2^23 round to a whole number, and larger floats are whole already or are split.
 */
static inline int32_t hn_round_even(float v) {
    if (!(v > -1073741824.0f)) return v != v ? 0 : -1073741824;
    if (v >= 1073741824.0f) return 1073741824;
    if (v > -4194304.0f && v < 4194304.0f) {
        const volatile float magic = 12582912.0f;
        const volatile float shifted = v + magic;
        return (int32_t)(shifted - magic);
    }
    const int32_t whole = (int32_t)v;
    const float rest = v - (float)whole;
    if (rest > 0.5f || (rest == 0.5f && (whole & 1) != 0)) return whole + 1;
    if (rest < -0.5f || (rest == -0.5f && (whole & 1) != 0)) return whole - 1;
    return whole;
}

/* x * 2^exponent, saturated; 1 <= exponent <= 30. */
static inline int32_t hn_shift_left_saturated(int32_t x, int32_t exponent) {
    const int32_t limit = (int32_t)(((uint32_t)1 << (31 - exponent)) - 1u);
    if (x > limit) return INT32_MAX;
    if (x < -limit) return INT32_MIN;
    return (int32_t)((uint32_t)x << exponent);
}

/* 1 / (1 + x) for 0 <= x < 1, both Q0.31: three Newton steps for the reciprocal of the half
 * denominator d, from 48/17 - 32/17 d in Q2.29. The bits are gemmlowp's. */
static inline int32_t hn_one_over_one_plus(int32_t x) {
    const int32_t d = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
    int32_t y = 1515870810 + hn_sqrdmulh(d, -1010580540);
    for (int32_t i = 0; i < 3; i++) {
        const int32_t error = (1 << 29) - hn_sqrdmulh(d, y);
        y += hn_shift_left_saturated(hn_sqrdmulh(y, error), 2);
    }
    return hn_shift_left_saturated(y, 1);
}

static inline int32_t hn_zeros_above(uint32_t v) {
    int32_t n = 0;
    while (n < 32 && (v >> (31 - n) & 1u) == 0) n++;
    return n;
}

/* 1 / sqrt(v) = multiplier / 2^31 * 2^-shift for v >= 0 (0 is taken for 1), bit for bit as LiteRT:
 * v is scaled to 2^27..2^29 by a power of four, then five Newton steps in Q3.28. */
static inline void hn_inverse_sqrt_q31(int32_t v, int32_t *multiplier, int32_t *shift) {
    *multiplier = INT32_MAX;
    *shift = 0;
    if (v <= 1) return;
    int32_t right = 11;
    for (; v >= 1 << 29; v /= 4) right++;
    const int32_t pairs = (hn_zeros_above((uint32_t)v) - 1) / 2 - 1;
    right -= pairs;
    v = (int32_t)((uint32_t)v << (2 * pairs));
    const int32_t half = hn_rounding_shift_right(v >> 1, 1);
    const int32_t three_halves = (1 << 28) + (1 << 27);
    int32_t x = 1 << 28;
    for (int32_t i = 0; i < 5; i++) {
        const int32_t cube = hn_shift_left_saturated(hn_sqrdmulh(hn_sqrdmulh(x, x), x), 6);
        const int32_t next = hn_sqrdmulh(three_halves, x) - hn_sqrdmulh(half, cube);
        x = hn_shift_left_saturated(next, 3);
    }
    x = hn_sqrdmulh(x, 1518500250); /* sqrt(1/2) */
    *multiplier = right < 0 ? (int32_t)((uint32_t)x << -right) : x;
    *shift = right < 0 ? 0 : right;
}

static inline float hn_float_of_bits(int32_t bits) {
    union {
        int32_t i;
        float f;
    } u;
    u.i = bits;
    return u.f;
}

static inline int32_t hn_requant_rne(int32_t v, int32_t multiplier_bits) {
    return hn_round_even((float)v * hn_float_of_bits(multiplier_bits));
}

/* The epilogue's scaling, in the arithmetic of the step. `shift` is unused by HN_ARITH_RNE. */
static inline int32_t hn_requant(int32_t arith, int32_t v, int32_t multiplier, int32_t shift) {
    if (arith == HN_ARITH_RNE) return hn_requant_rne(v, multiplier);
    if (arith == HN_ARITH_ONCE) return hn_requant_once(v, multiplier, shift);
    return hn_requant_q31(v, multiplier, shift);
}

/* v times the double in two words, to the nearest integer within +-2^30. */
static inline int32_t hn_requant_real(int64_t v, const int32_t *words) {
    union {
        int32_t words[2];
        double real;
    } u;
    u.words[0] = words[0];
    u.words[1] = words[1];
    const double scaled = (double)v * u.real;
    if (!(scaled > -1073741824.0)) return -1073741824;
    if (scaled >= 1073741824.0) return 1073741824;
    const int32_t whole = (int32_t)scaled;
    const double rest = scaled - (double)whole;
    return rest >= 0.5 ? whole + 1 : rest <= -0.5 ? whole - 1 : whole;
}

/* The epilogue of a 64-bit accumulator; `scale` are a channel's two words. */
static inline int32_t hn_requant_64(int32_t arith, int64_t v, const int32_t *scale) {
    if (arith == HN_ARITH_REAL) return hn_requant_real(v, scale);
    if (arith == HN_ARITH_WIDE) return hn_requant_wide(v, scale[0], scale[1]);
    return hn_requant(arith, (int32_t)v, scale[0], scale[1]);
}

#endif
