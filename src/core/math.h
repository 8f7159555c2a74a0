/* SPDX-License-Identifier: Apache-2.0
 * The engine's only exp, log, tanh, erf, sin, cos, atan, pow, sigmoid, sqrt and their kin. C
 * libraries differ in a tenth of their results by one unit in the last place, so none is used:
 * every function here is plain float arithmetic (pow: some double; sin, cos, sqrt: some integer) in
 * a fixed order, and gives the same bits wherever float is IEEE single, rounding is to nearest,
 * subnormals are kept and expressions are neither contracted nor reassociated (-ffp-contract=off,
 * no fast-math).
 *
 * Error bounds, in units in the last place (ULP) against the exact value, measured over every
 * eleventh float (pow: 200 million pairs):
 *   exp 0.9   log 0.9   tanh 1.4   sigmoid 2.0   erf 1.4   sin 1.6   cos 1.6   pow 0.9
 *   expm1 1.7   log1p 2.6   atan 2.0   atan2 2.5
 *   sqrt 0.5 (correctly rounded)   rsqrt 1.5   floor, ceil, round, fmod exact
 * Infinities, NaN, signed zeros, overflow and subnormal results follow C99 Annex F.
 *
 * Polynomials are minimax fits of this project, weighted by the relative error that they cause,
 * with coefficients rounded to float one after the other, lowest first. Reductions are Cody and
 * Waite's (exp, log) and Payne and Hanek's (sin, cos). All but sin, cos, pow and the portable sqrt
 * are free of branches, so loops over them vectorise. */
#ifndef HN_CORE_MATH_H
#define HN_CORE_MATH_H

#include <stdint.h>

static inline uint32_t hn_bits_of(float v) {
    union {
        float f;
        uint32_t u;
    } both;
    both.f = v;
    return both.u;
}

static inline float hn_of_bits(uint32_t bits) {
    union {
        uint32_t u;
        float f;
    } both;
    both.u = bits;
    return both.f;
}

static inline float hn_abs(float x) {
    return hn_of_bits(hn_bits_of(x) & 0x7fffffffu);
}

/* The magnitude of the first with the sign of the second. */
static inline float hn_copysign(float magnitude, float sign) {
    return hn_of_bits((hn_bits_of(magnitude) & 0x7fffffffu) | (hn_bits_of(sign) & 0x80000000u));
}

static inline float hn_infinity(void) {
    return hn_of_bits(0x7f800000u);
}

static inline float hn_nan(void) {
    return hn_of_bits(0x7fc00000u);
}

/* 2^k for -126 <= k <= 127; other k give garbage, but no undefined behaviour. */
static inline float hn_pow2(int32_t k) {
    return hn_of_bits(((uint32_t)k + 127u) << 23);
}

/* From 2^23 up every float is a whole number. */
static inline float hn_floor(float x) {
    const float size = hn_abs(x);
    const float small = size < 8388608.0f ? x : 0.0f;
    const float whole = (float)(int32_t)small;
    const float down = whole > small ? whole - 1.0f : whole;
    return size < 8388608.0f ? hn_copysign(down, x) : x;
}

static inline float hn_ceil(float x) {
    return -hn_floor(-x);
}

/* The nearest whole number, ties to even: adding 2^23 leaves no bits for a fraction. */
static inline float hn_round(float x) {
    const float size = hn_abs(x);
    const float whole = (size + 8388608.0f) - 8388608.0f;
    return size < 8388608.0f ? hn_copysign(whole, x) : x;
}

/* v clamped to +-(2^22 - 1); 0 for NaN. Such a float can be rounded to an integer in few steps. */
static inline float hn_limit_small(float v) {
    const float number = v != v ? 0.0f : v;
    const float low = number < -4194303.0f ? -4194303.0f : number;
    return low > 4194303.0f ? 4194303.0f : low;
}

/* The nearest integer of a limited float, ties to even: adding 1.5 * 2^23 leaves it in the low
 * bits. */
static inline int32_t hn_round_small(float v) {
    return (int32_t)(hn_bits_of(v + 12582912.0f) - hn_bits_of(12582912.0f));
}

/* (e^r - 1 - r) / r^2 for |r| <= 0.3475. */
static inline float hn_exp_rest(float r) {
    float q = 0x1.6a3fb8p-10f;
    q = q * r + 0x1.1239ep-7f;
    q = q * r + 0x1.5558bep-5f;
    q = q * r + 0x1.555492p-3f;
    return q * r + 0x1.fffffcp-2f;
}

/* e^r 2^k for |r| <= 0.3475, -151 <= k <= 129. The scale is applied in two halves, so that a
 * subnormal result is rounded once; what 1 + r loses is added back. */
static inline float hn_exp_scale(float r, int32_t k) {
    const float q = hn_exp_rest(r);
    const float near = 1.0f + r;
    const float p = near + (((1.0f - near) + r) + r * r * q);
    const int32_t half = k >> 1;
    return p * hn_pow2(half) * hn_pow2(k - half);
}

/* ln 2 = 0.693359375 - 2.12194440e-4: the first has 10 bits, so n times it is exact. A NaN passes
 * the clamps and comes out of the polynomial. */
static inline float hn_exp(float x) {
    const float low = x < -104.5f ? -104.5f : x;
    const float c = low > 89.0f ? 89.0f : low;
    const float shifted = c * 0x1.715476p+0f + 12582912.0f;
    const float n = shifted - 12582912.0f;
    const float r = (c - n * 0.693359375f) - n * -2.12194440e-4f;
    return hn_exp_scale(r, (int32_t)(hn_bits_of(shifted) - hn_bits_of(12582912.0f)));
}

/* e^x - 1 = 2^k (e^r - 1) + (2^k - 1); from 2^24 up the 1 is lost, below -17.4 all but it. */
static inline float hn_expm1(float x) {
    const float low = x < -18.0f ? -18.0f : x;
    const float c = low > 17.0f ? 17.0f : low;
    const float shifted = c * 0x1.715476p+0f + 12582912.0f;
    const float n = shifted - 12582912.0f;
    const float r = (c - n * 0.693359375f) - n * -2.12194440e-4f;
    const float scale = hn_pow2((int32_t)(hn_bits_of(shifted) - hn_bits_of(12582912.0f)));
    const float near = scale * (r + r * r * hn_exp_rest(r)) + (scale - 1.0f);
    const float small = x == 0.0f ? x : near;
    return x > 17.0f ? hn_exp(x) : small;
}

/* x = m 2^n with sqrt(1/2) <= m < sqrt(2); log(m) = f - f^2/2 + f^3 P(f) with f = m - 1. */
static inline float hn_log(float x) {
    const float normal = x < 0x1p-126f ? x * 8388608.0f : x;
    const int32_t bias = x < 0x1p-126f ? 23 : 0;
    const uint32_t bits = hn_bits_of(normal);
    const int32_t e = (int32_t)(bits - 0x3f3504f3u) >> 23;
    const float f = hn_of_bits(bits - ((uint32_t)e << 23)) - 1.0f;
    const float n = (float)(e - bias);
    float p = 0x1.147962p-4f;
    p = p * f - 0x1.de0d26p-4f;
    p = p * f + 0x1.e6c372p-4f;
    p = p * f - 0x1.fc278ap-4f;
    p = p * f + 0x1.233b62p-3f;
    p = p * f - 0x1.555c48p-3f;
    p = p * f + 0x1.99a478p-3f;
    p = p * f - 0x1.000006p-2f;
    p = p * f + 0x1.555548p-2f;
    const float square = f * f;
    const float tail = (square * f * p + n * -2.12194440e-4f) - 0.5f * square;
    const float finite = (f + tail) + n * 0.693359375f;
    const float top = x < hn_infinity() ? finite : x;
    const float positive = x > 0.0f || x != x ? top : hn_nan();
    return x == 0.0f ? -hn_infinity() : positive;
}

/* log(u) with u = 1 + x, corrected for what the sum lost by x / (u - 1). */
static inline float hn_log1p(float x) {
    const float u = 1.0f + x;
    const float gap = u - 1.0f;
    const float exact = gap == 0.0f || x == hn_infinity() ? 1.0f : x / gap;
    const float far = hn_log(u) * exact;
    return gap == 0.0f ? x : far;
}

/* An odd polynomial below tan(pi/8); above, pi/4 or pi/2 and the angle that is left. */
static inline float hn_atan(float x) {
    const float size = hn_abs(x);
    const float top = size > 2.41421356f ? -1.0f : size > 0.41421356f ? size - 1.0f : size;
    const float bottom = size > 2.41421356f ? size : size > 0.41421356f ? size + 1.0f : 1.0f;
    const float base = size > 2.41421356f   ? 0x1.921fb6p+0f
                       : size > 0.41421356f ? 0x1.921fb6p-1f
                                            : 0.0f;
    const float lost = size > 2.41421356f   ? -0x1.777a5cp-25f
                       : size > 0.41421356f ? -0x1.777a5cp-26f
                                            : 0.0f;
    const float t = top / bottom;
    const float u = t * t;
    float p = -0x1.f259c2p-5f;
    p = p * u + 0x1.b202d8p-4f;
    p = p * u - 0x1.23b6c6p-3f;
    p = p * u + 0x1.9991aep-3f;
    p = p * u - 0x1.55554ap-2f;
    return hn_copysign(base + (t + (t * (u * p) + lost)), x);
}

/* The angle of (x, y); Annex F at zeros and infinities. */
static inline float hn_atan2(float y, float x) {
    if (x != x || y != y) return hn_nan();
    const float a = hn_abs(y), b = hn_abs(x);
    const float near = a == 0.0f ? 0.0f : a == b ? 0x1.921fb6p-1f : hn_atan(a / b);
    const float turned = (0x1.921fb6p+1f - near) + -0x1.777a5cp-24f;
    return hn_copysign(hn_bits_of(x) >> 31 ? turned : near, y);
}

/* An odd polynomial below 0.65, else 1 - 2 / (e^2x + 1). */
static inline float hn_tanh(float x) {
    const float size = hn_abs(x);
    const float u = x * x;
    float p = 0x1.078acp-9f;
    p = p * u - 0x1.071314p-7f;
    p = p * u + 0x1.62873ep-6f;
    p = p * u - 0x1.b9d632p-5f;
    p = p * u + 0x1.110fe8p-3f;
    p = p * u - 0x1.555552p-2f;
    const float near = x + x * (u * p);
    const float far = 1.0f - 2.0f / (hn_exp(size + size) + 1.0f);
    return hn_copysign(size < 0.65f ? near : far, x);
}

/* e^x / (1 + e^x) below zero and 1 / (1 + e^-x) above: the exponential never overflows. What the
 * sum loses is worth up to one unit of a small quotient, so the quotient is corrected for it; the
 * sum's reciprocal is the quotient itself or its complement. */
static inline float hn_sigmoid(float x) {
    const float e = hn_exp(-hn_abs(x));
    const float sum = 1.0f + e;
    const float lost = (1.0f - sum) + e;
    const float top = x < 0.0f ? e : 1.0f;
    const float quotient = top / sum;
    const float reciprocal = x < 0.0f ? 1.0f - quotient : quotient;
    return quotient - quotient * (lost * reciprocal);
}

/* An odd polynomial below 1; from there to 4 a polynomial for the logarithm of 1 - erf. */
static inline float hn_erf(float x) {
    const float size = hn_abs(x);
    const float u = x * x;
    float p = 0x1.4771fcp-14f;
    p = p * u - 0x1.a3515ep-11f;
    p = p * u + 0x1.53f224p-8f;
    p = p * u - 0x1.b7f71ap-6f;
    p = p * u + 0x1.ce2ce6p-4f;
    p = p * u - 0x1.81273ep-2f;
    p = p * u + 0x1.06eba8p-3f;
    const float near = x + x * p;
    const float t = size > 4.0f ? 4.0f : size;
    float q = -0x1.6c07c8p-16f;
    q = q * t + 0x1.ceea56p-12f;
    q = q * t - 0x1.139872p-8f;
    q = q * t + 0x1.9d0b56p-6f;
    q = q * t - 0x1.bc189ap-4f;
    q = q * t - 0x1.4434f6p-1f;
    q = q * t - 0x1.212c2cp+0f;
    q = q * t + 0x1.8b3e9ap-13f;
    return size < 1.0f ? near : hn_copysign(1.0f - hn_exp(q), x);
}

static inline int32_t hn_leading_zeros(uint32_t v) {
    int32_t n = v == 0 ? 1 : 0;
    if (v < 0x10000u) n += 16, v <<= 16;
    if (v < 0x1000000u) n += 8, v <<= 8;
    if (v < 0x10000000u) n += 4, v <<= 4;
    if (v < 0x40000000u) n += 2, v <<= 2;
    if (v < 0x80000000u) n += 1;
    return n;
}

/* x = q pi/2 + r with |r| <= pi/4; returns q mod 4. x must be finite. The float is an integer m of
 * 24 bits times 2^e, so x 2/pi modulo 4 is m times a window of 96 bits out of 2/pi: exact to 2^-62,
 * where the nearest that a float comes to a multiple of pi/2 leaves 2^-30. */
static inline uint32_t hn_trig_reduce(float x, float *r) {
    /* One zero word, then the first 224 bits of 2/pi. */
    static const uint32_t two_over_pi[8] = {0x00000000u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u,
                                            0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu};
    const uint32_t bits = hn_bits_of(x) & 0x7fffffffu;
    if (bits <= 0x3f490fdau) {
        *r = x;
        return 0;
    }
    const uint64_t m = (bits & 0x7fffffu) | 0x800000u;
    const uint32_t offset = (bits >> 23) - 120u;
    const uint32_t *w = two_over_pi + (offset >> 5);
    const uint32_t s = offset & 31u;
    const uint32_t high = (uint32_t)(((((uint64_t)w[0] << 32) | w[1]) << s) >> 32);
    const uint32_t middle = (uint32_t)(((((uint64_t)w[1] << 32) | w[2]) << s) >> 32);
    const uint32_t low = (uint32_t)(((((uint64_t)w[2] << 32) | w[3]) << s) >> 32);
    const uint64_t turns = ((m * high) << 32) + m * middle + ((m * low) >> 32);
    const uint32_t q = (uint32_t)((turns + ((uint64_t)1 << 61)) >> 62);
    const uint64_t rest = turns - ((uint64_t)q << 62);
    const uint32_t is_negative = (uint32_t)(rest >> 63);
    uint64_t size = is_negative ? (uint64_t)0 - rest : rest;
    int32_t shift = hn_leading_zeros((uint32_t)(size >> 32));
    if (shift == 32) shift += hn_leading_zeros((uint32_t)size);
    size = shift < 64 ? size << shift : 0;
    /* pi/2 as 1.31 fixed point; the product's upper half is rounded once, to float. */
    const uint32_t angle = (uint32_t)(((size >> 32) * 0xc90fdaa2u) >> 32);
    const float value = (float)angle * hn_pow2(-29 - shift);
    const uint32_t flip = is_negative ^ (hn_bits_of(x) >> 31);
    *r = flip ? -value : value;
    return (hn_bits_of(x) >> 31 ? 0u - q : q) & 3u;
}

static inline float hn_sin_quarter(float r) {
    const float u = r * r;
    const float p = (-0x1.991c26p-13f * u + 0x1.1106c6p-7f) * u - 0x1.555544p-3f;
    return r + r * (u * p);
}

static inline float hn_cos_quarter(float r) {
    const float u = r * r;
    const float p = (0x1.99e336p-16f * u - 0x1.6c0c1ep-10f) * u + 0x1.55554ap-5f;
    return 1.0f - (0.5f * u - u * u * p);
}

/* sin of q quarter turns plus r. */
static inline float hn_sin_turned(uint32_t q, float r) {
    const float v = q & 1u ? hn_cos_quarter(r) : hn_sin_quarter(r);
    return q & 2u ? -v : v;
}

static inline float hn_sin(float x) {
    if (!(hn_abs(x) < hn_infinity())) return hn_nan();
    if (x == 0.0f) return x;
    float r;
    const uint32_t q = hn_trig_reduce(x, &r);
    return hn_sin_turned(q, r);
}

static inline float hn_cos(float x) {
    if (!(hn_abs(x) < hn_infinity())) return hn_nan();
    float r;
    const uint32_t q = hn_trig_reduce(x, &r);
    return hn_sin_turned(q + 1u, r);
}

/* The root of m 2^25 or m 2^24 as an integer of 25 bits, from a float estimate that is off by a few
 * units; its last bit rounds. A tie cannot be: an odd root has no square with 24 zero bits. */
static inline float hn_sqrt_portable(float x) {
    if (!(x > 0.0f) || !(x < hn_infinity())) return x < 0.0f ? hn_nan() : x;
    const int32_t bias = x < 0x1p-126f ? 24 : 0;
    const uint32_t bits = hn_bits_of(bias ? x * 16777216.0f : x);
    const uint32_t mantissa = (bits & 0x7fffffu) | 0x800000u;
    const int32_t e = (int32_t)(bits >> 23) - 127;
    const uint64_t square = (uint64_t)mantissa << (25 + (e & 1));
    const float m = hn_of_bits((mantissa & 0x7fffffu) | 0x3f800000u) * (e & 1 ? 2.0f : 1.0f);
    float y = hn_of_bits(0x5f3759dfu - (hn_bits_of(m) >> 1)); /* 1 / sqrt(m), then Newton */
    y = y * (1.5f - 0.5f * m * y * y);
    y = y * (1.5f - 0.5f * m * y * y);
    y = y * (1.5f - 0.5f * m * y * y);
    uint32_t root = (uint32_t)(m * y * 16777216.0f);
    while ((uint64_t)root * root > square) root--;
    while ((uint64_t)(root + 1u) * (root + 1u) <= square) root++;
    const int32_t exponent = (e >> 1) - bias / 2;
    return (float)((root + 1u) >> 1) * hn_pow2(exponent - 23);
}

/* Both forms give the same bits. The builtin is used only where it is surely one instruction: the
 * target has it, and errno is not asked for (-fno-math-errno), which would add a library call. */
static inline float hn_sqrt(float x) {
#if defined(__NO_MATH_ERRNO__) &&                                                                  \
    (defined(__SSE2__) || defined(__aarch64__) || (defined(__ARM_FP) && (__ARM_FP & 4)))
    return __builtin_sqrtf(x);
#else
    return hn_sqrt_portable(x);
#endif
}

static inline float hn_rsqrt(float x) {
    return 1.0f / hn_sqrt(x);
}

/* log2 of a positive finite float: 2 atanh(s) / ln 2 with s = (m - 1) / (m + 1), |s| < 0.172; the
 * series is cut at a relative error of 2e-12. */
static inline double hn_log2_double(float x) {
    const int32_t bias = x < 0x1p-126f ? 23 : 0;
    const uint32_t bits = hn_bits_of(bias ? x * 8388608.0f : x);
    const int32_t e = (int32_t)(bits - 0x3f3504f3u) >> 23;
    const double m = (double)hn_of_bits(bits - ((uint32_t)e << 23));
    const double s = (m - 1.0) / (m + 1.0);
    const double u = s * s;
    double p = 1.0 / 13.0;
    p = p * u + 1.0 / 11.0;
    p = p * u + 1.0 / 9.0;
    p = p * u + 1.0 / 7.0;
    p = p * u + 1.0 / 5.0;
    p = p * u + 1.0 / 3.0;
    p = p * u + 1.0;
    return s * p * 2.8853900817779268 + (double)(e - bias);
}

/* 0: not a whole number, 1: odd, 2: even. */
static inline int32_t hn_parity(float y) {
    if (hn_abs(y) >= 16777216.0f) return 2;
    const int32_t whole = (int32_t)y;
    if ((float)whole != y) return 0;
    return whole & 1 ? 1 : 2;
}

/* x^y = 2^(y log2 |x|), the exponent in double. */
static inline float hn_pow(float x, float y) {
    if (y == 0.0f || x == 1.0f) return 1.0f;
    if (x != x || y != y) return hn_nan();
    const float size = hn_abs(x);
    const int32_t parity = hn_parity(y);
    const float sign = parity == 1 ? hn_copysign(1.0f, x) : 1.0f;
    if (hn_abs(y) == hn_infinity()) {
        if (size == 1.0f) return 1.0f;
        return (size > 1.0f) == (y > 0.0f) ? hn_infinity() : 0.0f;
    }
    if (size == 0.0f || size == hn_infinity())
        return (size == 0.0f) == (y > 0.0f) ? sign * 0.0f : sign * hn_infinity();
    if (x < 0.0f && parity == 0) return hn_nan();
    const double t = (double)y * hn_log2_double(size);
    if (t >= 129.0) return sign * hn_infinity();
    if (t <= -151.0) return sign * 0.0f;
    const int32_t n = (int32_t)(t + (t < 0.0 ? -0.5 : 0.5));
    return sign * hn_exp_scale((float)((t - (double)n) * 0.69314718055994531), n);
}

/* A finite positive float as m 2^e with 2^23 <= m < 2^24. */
static inline uint32_t hn_mantissa(float v, int32_t *e) {
    const int32_t bias = v < 0x1p-126f ? 24 : 0;
    const uint32_t bits = hn_bits_of(bias ? v * 16777216.0f : v);
    *e = (int32_t)(bits >> 23) - 150 - bias;
    return (bits & 0x7fffffu) | 0x800000u;
}

/* The rest of a division, with the sign of x: exact. The exponents' difference is worked off eight
 * bits at a time. */
static inline float hn_fmod(float x, float y) {
    const float size = hn_abs(x), divisor = hn_abs(y);
    if (!(size < hn_infinity()) || y != y || divisor == 0.0f) return hn_nan();
    if (size < divisor) return x;
    int32_t e, e_y;
    uint32_t m = hn_mantissa(size, &e);
    const uint32_t m_y = hn_mantissa(divisor, &e_y);
    m %= m_y;
    while (e > e_y) {
        const int32_t step = e - e_y < 8 ? e - e_y : 8;
        m = (m << step) % m_y;
        e -= step;
    }
    const int32_t half = e / 2;
    const float scaled = e >= -126 ? (float)m * hn_pow2(half) * hn_pow2(e - half)
                                   : (float)m * hn_pow2(-75) * hn_pow2(e + 75);
    return hn_copysign(scaled, x);
}

/* The rest with the sign of y, as Python and TensorFlow define it. */
static inline float hn_floor_mod(float x, float y) {
    const float rest = hn_fmod(x, y);
    return rest != 0.0f && (rest < 0.0f) != (y < 0.0f) ? rest + y : rest;
}

#endif
