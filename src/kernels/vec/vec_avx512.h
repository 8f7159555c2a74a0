/* SPDX-License-Identifier: Apache-2.0
 * The vector vocabulary of the x86 kernels, sixteen lanes of 32 bits (AVX-512 F, BW, DQ, VL).
 * vec_avx2.h has the same words for eight; a kernel's body is written once on them and included
 * into a file of each instruction set. All is static, so no code compiled for one set is shared
 * with files of another.
 *
 * vf: floats, vi: 32-bit integers that wrap; _n takes the first n lanes of memory, 0 <= n <= VN,
 * and touches no others. Integer requantising gives the bits of core/fixed.h. */
#ifndef HN_KERNELS_VEC_AVX512_H
#define HN_KERNELS_VEC_AVX512_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/assume.h"
#include "core/fixed.h"

typedef __m512 vf;
typedef __m512i vi;

enum { VN = 16 };

HN_INLINE __mmask16 v_lanes(int32_t n) {
    return (__mmask16)((1u << n) - 1u);
}

HN_INLINE vf vf_set(float x) {
    return _mm512_set1_ps(x);
}
HN_INLINE vf vf_load(const float *p) {
    return _mm512_loadu_ps(p);
}
HN_INLINE vf vf_load_n(const float *p, int32_t n) {
    return _mm512_maskz_loadu_ps(v_lanes(n), p);
}
HN_INLINE void vf_store(float *p, vf x) {
    _mm512_storeu_ps(p, x);
}
HN_INLINE void vf_store_n(float *p, vf x, int32_t n) {
    _mm512_mask_storeu_ps(p, v_lanes(n), x);
}
HN_INLINE vf vf_add(vf x, vf y) {
    return _mm512_add_ps(x, y);
}
HN_INLINE vf vf_sub(vf x, vf y) {
    return _mm512_sub_ps(x, y);
}
HN_INLINE vf vf_mul(vf x, vf y) {
    return _mm512_mul_ps(x, y);
}
HN_INLINE vf vf_div(vf x, vf y) {
    return _mm512_div_ps(x, y);
}
/* Halves (core/half.h) as floats, and floats rounded to halves. */
HN_INLINE vf vf_load_half(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
HN_INLINE void vf_store_half(uint16_t *p, vf x) {
    const __m256i halves = _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_storeu_si256((__m256i *)(void *)p, halves);
}
/* x * y + z, rounded once. */
HN_INLINE vf vf_fma(vf x, vf y, vf z) {
    return _mm512_fmadd_ps(x, y, z);
}
/* v < low ? low : v > high ? high : v; a NaN stays. */
HN_INLINE vf vf_clamp(vf v, vf low, vf high) {
    return _mm512_min_ps(high, _mm512_max_ps(low, v));
}
/* x > y ? x : y, as the instruction does. */
HN_INLINE vf vf_max(vf x, vf y) {
    return _mm512_max_ps(x, y);
}
HN_INLINE float vf_sum(vf x) {
    return _mm512_reduce_add_ps(x);
}
HN_INLINE float vf_top(vf x) {
    return _mm512_reduce_max_ps(x);
}
/* x < y ? a : b. */
HN_INLINE vf vf_if_less(vf x, vf y, vf a, vf b) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, y, _CMP_LT_OQ), b, a);
}
/* a where x is NaN, else b; the first n lanes, 0 in the others. */
HN_INLINE vf vf_if_nan(vf x, vf a, vf b) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), b, a);
}
HN_INLINE vf vf_first(vf x, int32_t n) {
    return _mm512_maskz_mov_ps(v_lanes(n), x);
}
/* 0 where x is NaN. */
HN_INLINE vf vf_number(vf x) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, x, _CMP_ORD_Q), x);
}
HN_INLINE vf vf_of_bits(vi x) {
    return _mm512_castsi512_ps(x);
}
HN_INLINE vi vi_of_bits(vf x) {
    return _mm512_castps_si512(x);
}
HN_INLINE vf vf_of_int(vi x) {
    return _mm512_cvtepi32_ps(x);
}
/* Towards zero; to the nearest, ties to even. */
HN_INLINE vi vi_whole(vf x) {
    return _mm512_cvttps_epi32(x);
}
HN_INLINE vi vi_nearest(vf x) {
    return _mm512_cvtps_epi32(x);
}

HN_INLINE vf vf_nearest(vf x) {
    return _mm512_roundscale_ps(x, 8);
}
/* x 2^n for whole n. */
HN_INLINE vf vf_scale(vf x, vf n) {
    return _mm512_scalef_ps(x, n);
}
/* 1 / x to the last place or two; x is finite, not 0 nor tiny. */
HN_INLINE vf vf_inverse(vf x) {
    const vf near = _mm512_rcp14_ps(x);
    const vf rest = _mm512_fnmadd_ps(x, near, _mm512_set1_ps(1.0f));
    return _mm512_fmadd_ps(near, rest, near);
}

HN_INLINE vi vi_set(int32_t x) {
    return _mm512_set1_epi32(x);
}
HN_INLINE vi vi_load(const void *p) {
    return _mm512_loadu_si512(p);
}
HN_INLINE vi vi_load_n(const int32_t *p, int32_t n) {
    return _mm512_maskz_loadu_epi32(v_lanes(n), p);
}
HN_INLINE void vi_store(void *p, vi x) {
    _mm512_storeu_si512(p, x);
}
HN_INLINE vi vi_add(vi x, vi y) {
    return _mm512_add_epi32(x, y);
}
HN_INLINE vi vi_sub(vi x, vi y) {
    return _mm512_sub_epi32(x, y);
}
HN_INLINE vi vi_mul(vi x, vi y) {
    return _mm512_mullo_epi32(x, y);
}
HN_INLINE vi vi_and(vi x, vi y) {
    return _mm512_and_si512(x, y);
}
HN_INLINE vi vi_or(vi x, vi y) {
    return _mm512_or_si512(x, y);
}
HN_INLINE vi vi_xor(vi x, vi y) {
    return _mm512_xor_si512(x, y);
}
HN_INLINE vi vi_min(vi x, vi y) {
    return _mm512_min_epi32(x, y);
}
HN_INLINE vi vi_max(vi x, vi y) {
    return _mm512_max_epi32(x, y);
}
HN_INLINE vi vi_clamp(vi x, vi low, vi high) {
    return _mm512_min_epi32(_mm512_max_epi32(x, low), high);
}
/* Each lane by its own count, 0 to 31. */
HN_INLINE vi vi_shift_right_by(vi x, vi n) {
    return _mm512_srav_epi32(x, n);
}
HN_INLINE bool vi_any_above(vi x, vi y) {
    return _mm512_cmpgt_epi32_mask(x, y) != 0;
}
#define vi_shift_left(x, n)  _mm512_slli_epi32((x), (n))
#define vi_shift_right(x, n) _mm512_srai_epi32((x), (n))

/* Bytes to lanes and back; narrowing keeps the low byte. */
HN_INLINE vi vi_load_8(const uint8_t *p, bool is_signed) {
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    return is_signed ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes);
}
HN_INLINE vi vi_load_8_n(const uint8_t *p, bool is_signed, int32_t n) {
    const __m128i bytes = _mm_maskz_loadu_epi8(v_lanes(n), p);
    return is_signed ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes);
}
HN_INLINE void vi_store_8(uint8_t *p, vi x) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(x));
}
HN_INLINE void vi_store_8_n(uint8_t *p, vi x, int32_t n) {
    _mm_mask_storeu_epi8(p, v_lanes(n), _mm512_cvtepi32_epi8(x));
}

/* For requant.h: these instructions make rounding by floats with a check the shorter way. */
#define V_HAS_DOUBT

/* The number of size `size` with the sign of x. */
HN_INLINE vf vf_signed(vf size, vf x) {
    const vi sign = _mm512_set1_epi32(INT32_MIN);
    return vf_of_bits(_mm512_ternarylogic_epi32(vi_of_bits(size), vi_of_bits(x), sign, 0xf8));
}
/* x less the nearest integer. */
HN_INLINE vf vf_beyond(vf x) {
    return _mm512_reduce_ps(x, 8);
}
/* The smaller of the sizes. */
HN_INLINE vf vf_least_size(vf x, vf y) {
    return _mm512_range_ps(x, y, 10);
}
/* The larger of the sizes. */
HN_INLINE vf vf_most_size(vf x, vf y) {
    return _mm512_range_ps(x, y, 11);
}
HN_INLINE bool vf_any_below(vf x, vf y) {
    return _mm512_cmp_ps_mask(x, y, _CMP_LT_OQ) != 0;
}

typedef vi vb; /* bytes */

HN_INLINE vb vb_set(int32_t x) {
    return _mm512_set1_epi8((char)x);
}
HN_INLINE vi vi_set_16(int32_t x) {
    return _mm512_set1_epi16((short)x);
}
/* Four vectors of lanes to bytes: `zero` (vi_set_16) is added to their 16 bits, both steps
 * saturate. The bytes are woven as the instructions leave them; v_unweave orders them. */
HN_INLINE vb v_pack(const vi x[4], vi zero, bool is_unsigned) {
    const vi low = _mm512_adds_epi16(_mm512_packs_epi32(x[0], x[1]), zero);
    const vi high = _mm512_adds_epi16(_mm512_packs_epi32(x[2], x[3]), zero);
    return is_unsigned ? _mm512_packus_epi16(low, high) : _mm512_packs_epi16(low, high);
}
HN_INLINE vb v_unweave(vb x) {
    const vi at = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    return _mm512_permutexvar_epi32(at, x);
}
HN_INLINE vb vb_clamp(vb x, vb low, vb high, bool is_unsigned) {
    return is_unsigned ? _mm512_min_epu8(_mm512_max_epu8(x, low), high)
                       : _mm512_min_epi8(_mm512_max_epi8(x, low), high);
}
/* The first n bytes of part `part` of `parts`: 1, 2, or 4. */
HN_INLINE void vb_store_part(uint8_t *p, vb x, int part, int parts, int32_t n) {
    const vb first = part == 0    ? x
                     : parts == 2 ? _mm512_shuffle_i64x2(x, x, 0x0e)
                     : part == 1  ? _mm512_shuffle_i64x2(x, x, 0x01)
                     : part == 2  ? _mm512_shuffle_i64x2(x, x, 0x02)
                                  : _mm512_shuffle_i64x2(x, x, 0x03);
    if (n < 64 / parts)
        _mm512_mask_storeu_epi8(p, (UINT64_C(1) << n) - 1, first);
    else if (parts == 1)
        _mm512_storeu_si512(p, first);
    else if (parts == 2)
        _mm256_storeu_si256((__m256i *)(void *)p, _mm512_castsi512_si256(first));
    else
        _mm_storeu_si128((__m128i *)(void *)p, _mm512_castsi512_si128(first));
}

/* Joins what multiplications of even and odd lanes left in the low halves of 64 bits. */
HN_INLINE vi v_join(vi even, vi odd) {
    return _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
}

/* The odd lanes where the even ones were. */
HN_INLINE vi v_odd(vi x) {
    return _mm512_srli_epi64(x, 32);
}

/* hn_sqrdmulh, but for the one product that saturates; `odd` is v_odd of the multiplier. */
HN_INLINE vi v_high(vi x, vi multiplier, vi odd) {
    const vi nudge = _mm512_set1_epi64(1 << 30);
    const vi even = _mm512_add_epi64(_mm512_mul_epi32(x, multiplier), nudge);
    const vi other = _mm512_add_epi64(_mm512_mul_epi32(v_odd(x), odd), nudge);
    return _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 31),
                                   _mm512_slli_epi64(other, 1));
}

HN_INLINE vi v_q31(vi v, vi multiplier, vi shift) {
    const vi zero = _mm512_setzero_si512();
    const vi right = _mm512_max_epi32(_mm512_sub_epi32(zero, shift), zero);
    const vi x = _mm512_sllv_epi32(v, _mm512_max_epi32(shift, zero));
    const vi high = v_high(x, multiplier, v_odd(multiplier));
    const vi mask =
        _mm512_sub_epi32(_mm512_sllv_epi32(_mm512_set1_epi32(1), right), _mm512_set1_epi32(1));
    const vi threshold = _mm512_sub_epi32(_mm512_srli_epi32(mask, 1), _mm512_srai_epi32(high, 31));
    const __mmask16 up = _mm512_cmpgt_epi32_mask(_mm512_and_si512(high, mask), threshold);
    const vi down = _mm512_srav_epi32(high, right);
    return _mm512_mask_add_epi32(down, up, down, _mm512_set1_epi32(1));
}

HN_INLINE vi v_once_half(vi product, vi right) {
    const vi one = _mm512_set1_epi64(1), zero = _mm512_setzero_si512();
    const vi half = _mm512_sllv_epi64(one, _mm512_sub_epi64(right, one));
    const vi size = _mm512_srlv_epi64(_mm512_add_epi64(_mm512_abs_epi64(product), half), right);
    const vi most = _mm512_min_epu64(size, _mm512_set1_epi64(1 << 30));
    return _mm512_mask_sub_epi64(most, _mm512_movepi64_mask(product), zero, most);
}

HN_INLINE vi v_once(vi v, vi multiplier, vi shift) {
    const vi right = _mm512_sub_epi32(_mm512_set1_epi32(31), shift);
    const vi low = _mm512_set1_epi64(0xffffffff);
    const vi even = v_once_half(_mm512_mul_epi32(v, multiplier), _mm512_and_si512(right, low));
    const vi odd = v_once_half(_mm512_mul_epi32(v_odd(v), v_odd(multiplier)), v_odd(right));
    return v_join(even, odd);
}

/* The nearest integer, ties to even, within +-2^30; 0 for NaN. */
HN_INLINE vi vi_round(vf x) {
    const vf most = _mm512_set1_ps(1073741824.0f);
    const vf within = _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(-1073741824.0f)), most);
    return _mm512_maskz_cvtps_epi32(_mm512_cmp_ps_mask(x, x, _CMP_ORD_Q), within);
}

/* hn_requant of core/fixed.h in each lane. */
HN_INLINE vi vi_requant(int32_t arith, vi v, vi multiplier, vi shift) {
    if (arith == HN_ARITH_RNE)
        return vi_round(_mm512_mul_ps(_mm512_cvtepi32_ps(v), _mm512_castsi512_ps(multiplier)));
    return arith == HN_ARITH_ONCE ? v_once(v, multiplier, shift) : v_q31(v, multiplier, shift);
}

/* Column i of VN x VN floats, rows `step` apart, becomes row i at `to`, rows `to_step` apart. */
HN_INLINE void vf_transpose(const float *from, size_t step, float *to, size_t to_step) {
    __m512 r[16], s[16];
    for (int i = 0; i < 16; ++i) r[i] = _mm512_loadu_ps(from + (size_t)i * step);
    for (int i = 0; i < 16; i += 2) {
        s[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        s[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) { /* r[i + c]: column c of each quarter, rows i .. i + 3 */
        r[i] = _mm512_shuffle_ps(s[i], s[i + 2], 0x44);
        r[i + 1] = _mm512_shuffle_ps(s[i], s[i + 2], 0xee);
        r[i + 2] = _mm512_shuffle_ps(s[i + 1], s[i + 3], 0x44);
        r[i + 3] = _mm512_shuffle_ps(s[i + 1], s[i + 3], 0xee);
    }
    for (int i = 0; i < 4; ++i) { /* quarters 0 and 2, then 1 and 3, of rows 0 .. 7 and 8 .. 15 */
        s[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        s[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        s[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        s[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (int i = 0; i < 8; ++i) {
        _mm512_storeu_ps(to + (size_t)i * to_step, _mm512_shuffle_f32x4(s[i], s[i + 8], 0x88));
        _mm512_storeu_ps(to + (size_t)(i + 8) * to_step,
                         _mm512_shuffle_f32x4(s[i], s[i + 8], 0xdd));
    }
}

/* Elements 0, 2, 4 ... of 2 VN floats, of which the last is not read. */
HN_INLINE vf vf_even(const float *p) {
    const __m512i at = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    const __m512 high = _mm512_maskz_loadu_ps(0x7fff, p + VN);
    return _mm512_permutex2var_ps(_mm512_loadu_ps(p), at, high);
}

/* to[2 i + k] = from[i + k step], i < VN. */
HN_INLINE void vf_weave_2(const float *from, size_t step, float *to) {
    const __m512i low = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    const __m512 a = _mm512_loadu_ps(from), b = _mm512_loadu_ps(from + step);
    _mm512_storeu_ps(to, _mm512_permutex2var_ps(a, low, b));
    _mm512_storeu_ps(to + VN, _mm512_permutex2var_ps(a, high, b));
}

/* to[3 i + k] = from[i + k step], i < VN. */
HN_INLINE void vf_weave_3(const float *from, size_t step, float *to) {
    const __m512 a = _mm512_loadu_ps(from), b = _mm512_loadu_ps(from + step);
    const __m512 c = _mm512_loadu_ps(from + 2 * step);
    const __m512i ab0 = _mm512_set_epi32(5, 0, 20, 4, 0, 19, 3, 0, 18, 2, 0, 17, 1, 0, 16, 0);
    const __m512i abc0 = _mm512_set_epi32(15, 20, 13, 12, 19, 10, 9, 18, 7, 6, 17, 4, 3, 16, 1, 0);
    const __m512 y0 = _mm512_permutex2var_ps(a, ab0, b);
    _mm512_storeu_ps(to + 0, _mm512_permutex2var_ps(y0, abc0, c));
    const __m512i ab1 = _mm512_set_epi32(26, 10, 0, 25, 9, 0, 24, 8, 0, 23, 7, 0, 22, 6, 0, 21);
    const __m512i abc1 = _mm512_set_epi32(15, 14, 25, 12, 11, 24, 9, 8, 23, 6, 5, 22, 3, 2, 21, 0);
    const __m512 y1 = _mm512_permutex2var_ps(a, ab1, b);
    _mm512_storeu_ps(to + 16, _mm512_permutex2var_ps(y1, abc1, c));
    const __m512i ab2 = _mm512_set_epi32(0, 31, 15, 0, 30, 14, 0, 29, 13, 0, 28, 12, 0, 27, 11, 0);
    const __m512i abc2 = _mm512_set_epi32(31, 14, 13, 30, 11, 10, 29, 8, 7, 28, 5, 4, 27, 2, 1, 26);
    const __m512 y2 = _mm512_permutex2var_ps(a, ab2, b);
    _mm512_storeu_ps(to + 32, _mm512_permutex2var_ps(y2, abc2, c));
}

/* n bytes. */
HN_INLINE void v_copy(uint8_t *to, const uint8_t *from, size_t n) {
    size_t i = 0;
    for (; i + 64 <= n; i += 64) _mm512_storeu_si512(to + i, _mm512_loadu_si512(from + i));
    if (i == n) return;
    const __mmask64 rest = ~UINT64_C(0) >> (64 - (n - i));
    _mm512_mask_storeu_epi8(to + i, rest, _mm512_maskz_loadu_epi8(rest, from + i));
}

/* The tiles that fit the registers (vec/tile.h): rows x vectors. */
/* clang-format off */
#define TILE_LOW(X)                                                                                \
    X(1, 4) X(2, 4) X(3, 4) X(4, 4) X(5, 4) X(6, 4)
#define TILE_TALL(X)                                                                               \
    X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2) X(7, 2) X(8, 2) X(9, 2) X(10, 2) X(11, 2)      \
    X(12, 2) X(13, 2) X(14, 2)
#define TILE_SLIM(X)                                                                               \
    X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) X(11, 1)      \
    X(12, 1) X(13, 1) X(14, 1)
/* clang-format on */

/* Vectors of the next tiles, when `left` are left. */
HN_INLINE int32_t tile_width(int32_t left, int32_t n_rows) {
    return left >= 4 && n_rows <= 6 ? 4 : left >= 2 ? 2 : 1;
}

#endif
