/* SPDX-License-Identifier: Apache-2.0
 * The vocabulary of vec_avx512.h for eight lanes (AVX2, FMA, F16C). Partial loads and stores of
 * floats go by masks; those of bytes by the stack, since a byte mask does not exist here. */
#ifndef HN_KERNELS_VEC_AVX2_H
#define HN_KERNELS_VEC_AVX2_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/assume.h"
#include "core/fixed.h"

typedef __m256 vf;
typedef __m256i vi;

enum { VN = 8 };

HN_INLINE vi v_lanes(int32_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

HN_INLINE vf vf_set(float x) {
    return _mm256_set1_ps(x);
}
HN_INLINE vf vf_load(const float *p) {
    return _mm256_loadu_ps(p);
}
HN_INLINE vf vf_load_n(const float *p, int32_t n) {
    return _mm256_maskload_ps(p, v_lanes(n));
}
HN_INLINE void vf_store(float *p, vf x) {
    _mm256_storeu_ps(p, x);
}
HN_INLINE void vf_store_n(float *p, vf x, int32_t n) {
    _mm256_maskstore_ps(p, v_lanes(n), x);
}
HN_INLINE vf vf_add(vf x, vf y) {
    return _mm256_add_ps(x, y);
}
HN_INLINE vf vf_sub(vf x, vf y) {
    return _mm256_sub_ps(x, y);
}
HN_INLINE vf vf_mul(vf x, vf y) {
    return _mm256_mul_ps(x, y);
}
HN_INLINE vf vf_div(vf x, vf y) {
    return _mm256_div_ps(x, y);
}
HN_INLINE vf vf_load_half(const uint16_t *p) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}
HN_INLINE void vf_store_half(uint16_t *p, vf x) {
    const __m128i halves = _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128((__m128i *)(void *)p, halves);
}
HN_INLINE vf vf_fma(vf x, vf y, vf z) {
    return _mm256_fmadd_ps(x, y, z);
}
HN_INLINE vf vf_clamp(vf v, vf low, vf high) {
    return _mm256_min_ps(high, _mm256_max_ps(low, v));
}
HN_INLINE vf vf_max(vf x, vf y) {
    return _mm256_max_ps(x, y);
}
HN_INLINE float vf_sum(vf x) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
HN_INLINE float vf_top(vf x) {
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}
HN_INLINE vf vf_if_less(vf x, vf y, vf a, vf b) {
    return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, y, _CMP_LT_OQ));
}
HN_INLINE vf vf_if_nan(vf x, vf a, vf b) {
    return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}
HN_INLINE vf vf_first(vf x, int32_t n) {
    return _mm256_and_ps(x, _mm256_castsi256_ps(v_lanes(n)));
}
HN_INLINE vf vf_number(vf x) {
    return _mm256_and_ps(_mm256_cmp_ps(x, x, _CMP_ORD_Q), x);
}
HN_INLINE vf vf_of_bits(vi x) {
    return _mm256_castsi256_ps(x);
}
HN_INLINE vi vi_of_bits(vf x) {
    return _mm256_castps_si256(x);
}
HN_INLINE vf vf_of_int(vi x) {
    return _mm256_cvtepi32_ps(x);
}
HN_INLINE vi vi_whole(vf x) {
    return _mm256_cvttps_epi32(x);
}
HN_INLINE vi vi_nearest(vf x) {
    return _mm256_cvtps_epi32(x);
}

HN_INLINE vf vf_nearest(vf x) {
    return _mm256_round_ps(x, 8);
}
/* x 2^n for whole n, in two steps: 2^n may not be a float where x 2^n is. */
HN_INLINE vf vf_scale(vf x, vf n) {
    const __m256i bias = _mm256_set1_epi32(127), k = _mm256_cvtps_epi32(n);
    const __m256i half = _mm256_srai_epi32(k, 1), rest = _mm256_sub_epi32(k, half);
    const __m256i low = _mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
    const __m256i high = _mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23);
    return _mm256_mul_ps(_mm256_mul_ps(x, _mm256_castsi256_ps(low)), _mm256_castsi256_ps(high));
}
/* 1 / x to the last place or two; x is finite, not 0 nor tiny. */
HN_INLINE vf vf_inverse(vf x) {
    return _mm256_div_ps(_mm256_set1_ps(1.0f), x);
}

HN_INLINE vi vi_set(int32_t x) {
    return _mm256_set1_epi32(x);
}
HN_INLINE vi vi_load(const void *p) {
    return _mm256_loadu_si256((const __m256i *)p);
}
HN_INLINE vi vi_load_n(const int32_t *p, int32_t n) {
    return _mm256_maskload_epi32(p, v_lanes(n));
}
HN_INLINE void vi_store(void *p, vi x) {
    _mm256_storeu_si256((__m256i *)p, x);
}
HN_INLINE vi vi_add(vi x, vi y) {
    return _mm256_add_epi32(x, y);
}
HN_INLINE vi vi_sub(vi x, vi y) {
    return _mm256_sub_epi32(x, y);
}
HN_INLINE vi vi_mul(vi x, vi y) {
    return _mm256_mullo_epi32(x, y);
}
HN_INLINE vi vi_and(vi x, vi y) {
    return _mm256_and_si256(x, y);
}
HN_INLINE vi vi_or(vi x, vi y) {
    return _mm256_or_si256(x, y);
}
HN_INLINE vi vi_xor(vi x, vi y) {
    return _mm256_xor_si256(x, y);
}
HN_INLINE vi vi_min(vi x, vi y) {
    return _mm256_min_epi32(x, y);
}
HN_INLINE vi vi_max(vi x, vi y) {
    return _mm256_max_epi32(x, y);
}
HN_INLINE vi vi_clamp(vi x, vi low, vi high) {
    return _mm256_min_epi32(_mm256_max_epi32(x, low), high);
}
HN_INLINE vi vi_shift_right_by(vi x, vi n) {
    return _mm256_srav_epi32(x, n);
}
HN_INLINE bool vi_any_above(vi x, vi y) {
    const vi above = _mm256_cmpgt_epi32(x, y);
    return _mm256_testz_si256(above, above) == 0;
}
#define vi_shift_left(x, n)  _mm256_slli_epi32((x), (n))
#define vi_shift_right(x, n) _mm256_srai_epi32((x), (n))

HN_INLINE vi vi_load_8(const uint8_t *p, bool is_signed) {
    const __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)p);
    return is_signed ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes);
}
HN_INLINE vi vi_load_8_n(const uint8_t *p, bool is_signed, int32_t n) {
    uint8_t bytes[8] = {0};
    for (int32_t i = 0; i < n; ++i) bytes[i] = p[i];
    return vi_load_8(bytes, is_signed);
}
/* The low bytes of the lanes, in the low half. */
HN_INLINE __m128i v_narrow(vi x) {
    const vi pick = _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0,
                                     4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    const vi packed = _mm256_shuffle_epi8(x, pick);
    return _mm_unpacklo_epi32(_mm256_castsi256_si128(packed), _mm256_extracti128_si256(packed, 1));
}
HN_INLINE void vi_store_8(uint8_t *p, vi x) {
    _mm_storel_epi64((__m128i *)(void *)p, v_narrow(x));
}
HN_INLINE void vi_store_8_n(uint8_t *p, vi x, int32_t n) {
    uint64_t bytes = (uint64_t)_mm_cvtsi128_si64(v_narrow(x));
    for (int32_t i = 0; i < n; ++i, bytes >>= 8) p[i] = (uint8_t)bytes;
}

typedef vi vb;

HN_INLINE vb vb_set(int32_t x) {
    return _mm256_set1_epi8((char)x);
}
HN_INLINE vi vi_set_16(int32_t x) {
    return _mm256_set1_epi16((short)x);
}
HN_INLINE vb v_pack(const vi x[4], vi zero, bool is_unsigned) {
    const vi low = _mm256_adds_epi16(_mm256_packs_epi32(x[0], x[1]), zero);
    const vi high = _mm256_adds_epi16(_mm256_packs_epi32(x[2], x[3]), zero);
    return is_unsigned ? _mm256_packus_epi16(low, high) : _mm256_packs_epi16(low, high);
}
HN_INLINE vb v_unweave(vb x) {
    return _mm256_permutevar8x32_epi32(x, _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0));
}
HN_INLINE vb vb_clamp(vb x, vb low, vb high, bool is_unsigned) {
    return is_unsigned ? _mm256_min_epu8(_mm256_max_epu8(x, low), high)
                       : _mm256_min_epi8(_mm256_max_epi8(x, low), high);
}
HN_INLINE void vb_store_part(uint8_t *p, vb x, int part, int parts, int32_t n) {
    uint8_t bytes[32];
    const int32_t size = 32 / parts;
    _mm256_storeu_si256((__m256i *)(void *)bytes, x);
    const uint8_t *from = bytes + part * size;
    if (n >= size)
        __builtin_memcpy(p, from, (size_t)size);
    else
        for (int32_t i = 0; i < n; ++i) p[i] = from[i];
}

HN_INLINE vi v_join(vi even, vi odd) {
    return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}

HN_INLINE vi v_odd(vi x) {
    return _mm256_srli_epi64(x, 32);
}

HN_INLINE vi v_high(vi x, vi multiplier, vi odd) {
    const vi nudge = _mm256_set1_epi64x(1 << 30);
    const vi even = _mm256_add_epi64(_mm256_mul_epi32(x, multiplier), nudge);
    const vi other = _mm256_add_epi64(_mm256_mul_epi32(v_odd(x), odd), nudge);
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(other, 1), 0xaa);
}

HN_INLINE vi v_q31(vi v, vi multiplier, vi shift) {
    const vi zero = _mm256_setzero_si256();
    const vi right = _mm256_max_epi32(_mm256_sub_epi32(zero, shift), zero);
    const vi x = _mm256_sllv_epi32(v, _mm256_max_epi32(shift, zero));
    const vi high = v_high(x, multiplier, v_odd(multiplier));
    const vi mask =
        _mm256_sub_epi32(_mm256_sllv_epi32(_mm256_set1_epi32(1), right), _mm256_set1_epi32(1));
    const vi threshold = _mm256_sub_epi32(_mm256_srli_epi32(mask, 1), _mm256_srai_epi32(high, 31));
    const vi up = _mm256_cmpgt_epi32(_mm256_and_si256(high, mask), threshold);
    return _mm256_sub_epi32(_mm256_srav_epi32(high, right), up);
}

HN_INLINE vi v_once_half(vi product, vi right) {
    const vi one = _mm256_set1_epi64x(1), limit = _mm256_set1_epi64x(1 << 30);
    const vi sign = _mm256_cmpgt_epi64(_mm256_setzero_si256(), product);
    const vi half = _mm256_sllv_epi64(one, _mm256_sub_epi64(right, one));
    const vi size = _mm256_sub_epi64(_mm256_xor_si256(product, sign), sign);
    const vi scaled = _mm256_srlv_epi64(_mm256_add_epi64(size, half), right);
    const vi most = _mm256_blendv_epi8(scaled, limit, _mm256_cmpgt_epi64(scaled, limit));
    return _mm256_sub_epi64(_mm256_xor_si256(most, sign), sign);
}

HN_INLINE vi v_once(vi v, vi multiplier, vi shift) {
    const vi right = _mm256_sub_epi32(_mm256_set1_epi32(31), shift);
    const vi low = _mm256_set1_epi64x(0xffffffff);
    const vi even = v_once_half(_mm256_mul_epi32(v, multiplier), _mm256_and_si256(right, low));
    const vi odd = v_once_half(_mm256_mul_epi32(v_odd(v), v_odd(multiplier)), v_odd(right));
    return v_join(even, odd);
}

HN_INLINE vi vi_round(vf x) {
    const vf most = _mm256_set1_ps(1073741824.0f);
    const vf within = _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(-1073741824.0f)), most);
    const vf is_number = _mm256_cmp_ps(x, x, _CMP_ORD_Q);
    return _mm256_and_si256(_mm256_cvtps_epi32(within), _mm256_castps_si256(is_number));
}

HN_INLINE vi vi_requant(int32_t arith, vi v, vi multiplier, vi shift) {
    if (arith == HN_ARITH_RNE)
        return vi_round(_mm256_mul_ps(_mm256_cvtepi32_ps(v), _mm256_castsi256_ps(multiplier)));
    return arith == HN_ARITH_ONCE ? v_once(v, multiplier, shift) : v_q31(v, multiplier, shift);
}

HN_INLINE void vf_transpose(const float *from, size_t step, float *to, size_t to_step) {
    __m256 r[8], s[8];
    for (int i = 0; i < 8; ++i) r[i] = _mm256_loadu_ps(from + (size_t)i * step);
    for (int i = 0; i < 8; i += 2) {
        s[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        s[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) { /* r[i + c]: column c of each half, rows i .. i + 3 */
        r[i] = _mm256_shuffle_ps(s[i], s[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(s[i], s[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0xee);
    }
    for (int i = 0; i < 4; ++i) {
        _mm256_storeu_ps(to + (size_t)i * to_step, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_storeu_ps(to + (size_t)(i + 4) * to_step,
                         _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}

/* Elements 0, 2, 4 ... of 2 VN floats, of which the last is not read. */
HN_INLINE vf vf_even(const float *p) {
    const __m256 low = _mm256_loadu_ps(p);
    const __m256 high = _mm256_maskload_ps(p + VN, _mm256_set_epi32(0, -1, -1, -1, -1, -1, -1, -1));
    const __m256 mixed = _mm256_shuffle_ps(low, high, 0x88);
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(mixed), 0xd8));
}

/* to[2 i + k] = from[i + k step], i < VN. */
HN_INLINE void vf_weave_2(const float *from, size_t step, float *to) {
    for (size_t i = 0; i < VN; ++i)
        for (size_t k = 0; k < 2; ++k) to[2 * i + k] = from[i + k * step];
}

/* to[3 i + k] = from[i + k step], i < VN. */
HN_INLINE void vf_weave_3(const float *from, size_t step, float *to) {
    for (size_t i = 0; i < VN; ++i)
        for (size_t k = 0; k < 3; ++k) to[3 * i + k] = from[i + k * step];
}

/* n bytes. */
HN_INLINE void v_copy(uint8_t *to, const uint8_t *from, size_t n) {
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        _mm256_storeu_si256((__m256i *)(void *)(to + i),
                            _mm256_loadu_si256((const __m256i *)(const void *)(from + i)));
    for (; i < n; ++i) to[i] = from[i];
}

/* The tiles that fit the registers (vec/tile.h): rows x vectors. */
/* clang-format off */
#define TILE_LOW(X)                                                                                \
    X(1, 4) X(2, 4) X(3, 4)
#define TILE_TALL(X)                                                                               \
    X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2)
#define TILE_SLIM(X)                                                                               \
    X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) X(11, 1)      \
    X(12, 1)
/* clang-format on */

/* Vectors of the next tiles, when `left` are left. */
HN_INLINE int32_t tile_width(int32_t left, int32_t n_rows) {
    return left >= 4 && n_rows <= 3 ? 4 : left >= 2 ? 2 : 1;
}

#endif
