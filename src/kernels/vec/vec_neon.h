/* SPDX-License-Identifier: Apache-2.0
 * The vocabulary of vec_avx512.h for four lanes (NEON, which every 64-bit Arm has). There are no
 * masks: parts of vectors go by the stack. Choices are made by comparing, not by fmax and fmin,
 * which order -0 before +0 where C and the x86 instructions keep what they were given. */
#ifndef HN_KERNELS_VEC_NEON_H
#define HN_KERNELS_VEC_NEON_H

#include <arm_neon.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/assume.h"
#include "core/fixed.h"

typedef float32x4_t vf;
typedef int32x4_t vi;

enum { VN = 4 };

HN_INLINE uint32x4_t v_lanes(int32_t n) {
    static const int32_t number[4] = {0, 1, 2, 3};
    return vcgtq_s32(vdupq_n_s32(n), vld1q_s32(number));
}

HN_INLINE vf vf_set(float x) {
    return vdupq_n_f32(x);
}
HN_INLINE vf vf_load(const float *p) {
    return vld1q_f32(p);
}
HN_INLINE vf vf_load_n(const float *p, int32_t n) {
    float lane[VN] = {0};
    for (int32_t i = 0; i < n; ++i) lane[i] = p[i];
    return vld1q_f32(lane);
}
HN_INLINE void vf_store(float *p, vf x) {
    vst1q_f32(p, x);
}
HN_INLINE void vf_store_n(float *p, vf x, int32_t n) {
    float lane[VN];
    vst1q_f32(lane, x);
    for (int32_t i = 0; i < n; ++i) p[i] = lane[i];
}
HN_INLINE vf vf_add(vf x, vf y) {
    return vaddq_f32(x, y);
}
HN_INLINE vf vf_sub(vf x, vf y) {
    return vsubq_f32(x, y);
}
HN_INLINE vf vf_mul(vf x, vf y) {
    return vmulq_f32(x, y);
}
HN_INLINE vf vf_div(vf x, vf y) {
    return vdivq_f32(x, y);
}
HN_INLINE vf vf_load_half(const uint16_t *p) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}
HN_INLINE void vf_store_half(uint16_t *p, vf x) {
    vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(x)));
}
HN_INLINE vf vf_fma(vf x, vf y, vf z) {
    return vfmaq_f32(z, x, y);
}
HN_INLINE vf vf_if_less(vf x, vf y, vf a, vf b) {
    return vbslq_f32(vcltq_f32(x, y), a, b);
}
HN_INLINE vf vf_clamp(vf v, vf low, vf high) {
    const vf x = vf_if_less(v, low, low, v);
    return vf_if_less(high, x, high, x);
}
HN_INLINE vf vf_max(vf x, vf y) {
    return vf_if_less(y, x, x, y);
}
HN_INLINE float vf_sum(vf x) {
    return vaddvq_f32(x);
}
HN_INLINE float vf_top(vf x) {
    return vmaxnmvq_f32(x);
}
HN_INLINE vf vf_if_nan(vf x, vf a, vf b) {
    return vbslq_f32(vceqq_f32(x, x), b, a);
}
HN_INLINE vf vf_first(vf x, int32_t n) {
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(x), v_lanes(n)));
}
HN_INLINE vf vf_number(vf x) {
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(x), vceqq_f32(x, x)));
}
HN_INLINE vf vf_of_bits(vi x) {
    return vreinterpretq_f32_s32(x);
}
HN_INLINE vi vi_of_bits(vf x) {
    return vreinterpretq_s32_f32(x);
}
HN_INLINE vf vf_of_int(vi x) {
    return vcvtq_f32_s32(x);
}
HN_INLINE vi vi_whole(vf x) {
    return vcvtq_s32_f32(x);
}
HN_INLINE vi vi_nearest(vf x) {
    return vcvtnq_s32_f32(x);
}
HN_INLINE vf vf_nearest(vf x) {
    return vrndnq_f32(x);
}
/* In two steps: 2^n may not be a float where x 2^n is. */
HN_INLINE vf vf_scale(vf x, vf n) {
    const vi bias = vdupq_n_s32(127), k = vcvtnq_s32_f32(n), half = vshrq_n_s32(k, 1);
    const vi low = vshlq_n_s32(vaddq_s32(half, bias), 23);
    const vi high = vshlq_n_s32(vaddq_s32(vsubq_s32(k, half), bias), 23);
    return vmulq_f32(vmulq_f32(x, vreinterpretq_f32_s32(low)), vreinterpretq_f32_s32(high));
}
HN_INLINE vf vf_inverse(vf x) {
    return vdivq_f32(vdupq_n_f32(1.0f), x);
}

HN_INLINE vi vi_set(int32_t x) {
    return vdupq_n_s32(x);
}
HN_INLINE vi vi_load(const void *p) {
    return vreinterpretq_s32_u8(vld1q_u8((const uint8_t *)p));
}
HN_INLINE vi vi_load_n(const int32_t *p, int32_t n) {
    int32_t lane[VN] = {0};
    for (int32_t i = 0; i < n; ++i) lane[i] = p[i];
    return vld1q_s32(lane);
}
HN_INLINE void vi_store(void *p, vi x) {
    vst1q_u8((uint8_t *)p, vreinterpretq_u8_s32(x));
}
HN_INLINE vi vi_add(vi x, vi y) {
    return vaddq_s32(x, y);
}
HN_INLINE vi vi_sub(vi x, vi y) {
    return vsubq_s32(x, y);
}
HN_INLINE vi vi_mul(vi x, vi y) {
    return vmulq_s32(x, y);
}
HN_INLINE vi vi_and(vi x, vi y) {
    return vandq_s32(x, y);
}
HN_INLINE vi vi_or(vi x, vi y) {
    return vorrq_s32(x, y);
}
HN_INLINE vi vi_xor(vi x, vi y) {
    return veorq_s32(x, y);
}
HN_INLINE vi vi_min(vi x, vi y) {
    return vminq_s32(x, y);
}
HN_INLINE vi vi_max(vi x, vi y) {
    return vmaxq_s32(x, y);
}
HN_INLINE vi vi_clamp(vi x, vi low, vi high) {
    return vminq_s32(vmaxq_s32(x, low), high);
}
HN_INLINE vi vi_shift_right_by(vi x, vi n) {
    return vshlq_s32(x, vnegq_s32(n));
}
HN_INLINE bool vi_any_above(vi x, vi y) {
    return vmaxvq_u32(vcgtq_s32(x, y)) != 0;
}
#define vi_shift_left(x, n)  vshlq_n_s32((x), (n))
#define vi_shift_right(x, n) vshrq_n_s32((x), (n))

/* Four bytes in the low half of a vector; p lies anywhere. */
HN_INLINE uint8x8_t v_bytes(const uint8_t *p) {
    uint32_t word;
    __builtin_memcpy(&word, p, sizeof word);
    return vreinterpret_u8_u32(vdup_n_u32(word));
}
HN_INLINE vi v_widen(uint8x8_t bytes, bool is_signed) {
    const int16x8_t words =
        is_signed ? vmovl_s8(vreinterpret_s8_u8(bytes)) : vreinterpretq_s16_u16(vmovl_u8(bytes));
    return vmovl_s16(vget_low_s16(words));
}
HN_INLINE vi vi_load_8(const uint8_t *p, bool is_signed) {
    return v_widen(v_bytes(p), is_signed);
}
HN_INLINE vi vi_load_8_n(const uint8_t *p, bool is_signed, int32_t n) {
    uint8_t bytes[VN] = {0};
    for (int32_t i = 0; i < n; ++i) bytes[i] = p[i];
    return vi_load_8(bytes, is_signed);
}
/* The low bytes of the lanes. */
HN_INLINE uint32_t v_narrow(vi x) {
    const int16x4_t words = vmovn_s32(x);
    return vget_lane_u32(vreinterpret_u32_s8(vmovn_s16(vcombine_s16(words, words))), 0);
}
HN_INLINE void vi_store_8(uint8_t *p, vi x) {
    const uint32_t bytes = v_narrow(x);
    __builtin_memcpy(p, &bytes, sizeof bytes);
}
HN_INLINE void vi_store_8_n(uint8_t *p, vi x, int32_t n) {
    uint32_t bytes = v_narrow(x);
    for (int32_t i = 0; i < n; ++i, bytes >>= 8) p[i] = (uint8_t)bytes;
}

typedef uint8x16_t vb;

HN_INLINE vb vb_set(int32_t x) {
    return vdupq_n_u8((uint8_t)x);
}
HN_INLINE vi vi_set_16(int32_t x) {
    return vreinterpretq_s32_s16(vdupq_n_s16((int16_t)x));
}
HN_INLINE vb v_pack(const vi x[4], vi zero, bool is_unsigned) {
    const int16x8_t moved = vreinterpretq_s16_s32(zero);
    const int16x8_t low = vqaddq_s16(vcombine_s16(vqmovn_s32(x[0]), vqmovn_s32(x[1])), moved);
    const int16x8_t high = vqaddq_s16(vcombine_s16(vqmovn_s32(x[2]), vqmovn_s32(x[3])), moved);
    return is_unsigned ? vcombine_u8(vqmovun_s16(low), vqmovun_s16(high))
                       : vreinterpretq_u8_s8(vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
}
HN_INLINE vb v_unweave(vb x) {
    return x;
}
HN_INLINE vb vb_clamp(vb x, vb low, vb high, bool is_unsigned) {
    if (is_unsigned) return vminq_u8(vmaxq_u8(x, low), high);
    const int8x16_t least = vreinterpretq_s8_u8(low), most = vreinterpretq_s8_u8(high);
    return vreinterpretq_u8_s8(vminq_s8(vmaxq_s8(vreinterpretq_s8_u8(x), least), most));
}
HN_INLINE void vb_store_part(uint8_t *p, vb x, int part, int parts, int32_t n) {
    uint8_t bytes[16];
    const int32_t size = 16 / parts;
    vst1q_u8(bytes, x);
    const uint8_t *from = bytes + part * size;
    if (n >= size)
        __builtin_memcpy(p, from, (size_t)size);
    else
        for (int32_t i = 0; i < n; ++i) p[i] = from[i];
}

/* Here one instruction multiplies all lanes, so nothing is parted into even and odd. */
HN_INLINE vi v_odd(vi x) {
    return x;
}
HN_INLINE vi v_high(vi x, vi multiplier, vi odd) {
    (void)odd;
    return vqrdmulhq_s32(x, multiplier);
}

/* A right shift that rounds halves up does so away from zero once negative numbers are one less. */
HN_INLINE vi v_q31(vi v, vi multiplier, vi shift) {
    const vi zero = vdupq_n_s32(0), right = vminq_s32(shift, zero); /* a left shift by -right */
    const vi high = vqrdmulhq_s32(vshlq_s32(v, vmaxq_s32(shift, zero)), multiplier);
    const vi less = vshrq_n_s32(vandq_s32(high, right), 31);
    return vrshlq_s32(vqaddq_s32(high, less), right);
}

HN_INLINE int32x2_t v_once_half(int64x2_t product, int64x2_t right) {
    const int64x2_t sign = vshrq_n_s64(product, 63);
    const uint64x2_t size = vreinterpretq_u64_s64(vsubq_s64(veorq_s64(product, sign), sign));
    const uint64x2_t scaled = vrshlq_u64(size, right), limit = vdupq_n_u64(1 << 30);
    const uint64x2_t most = vbslq_u64(vcgtq_u64(scaled, limit), limit, scaled);
    return vmovn_s64(vsubq_s64(veorq_s64(vreinterpretq_s64_u64(most), sign), sign));
}

HN_INLINE vi v_once(vi v, vi multiplier, vi shift) {
    const vi right = vsubq_s32(shift, vdupq_n_s32(31)); /* a left shift */
    return vcombine_s32(v_once_half(vmull_s32(vget_low_s32(v), vget_low_s32(multiplier)),
                                    vmovl_s32(vget_low_s32(right))),
                        v_once_half(vmull_high_s32(v, multiplier), vmovl_high_s32(right)));
}

HN_INLINE vi vi_round(vf x) {
    const vf low = vdupq_n_f32(-1073741824.0f), high = vdupq_n_f32(1073741824.0f);
    return vcvtnq_s32_f32(vminq_f32(vmaxq_f32(x, low), high)); /* of NaN: 0 */
}

HN_INLINE vi vi_requant(int32_t arith, vi v, vi multiplier, vi shift) {
    if (arith == HN_ARITH_RNE)
        return vi_round(vmulq_f32(vcvtq_f32_s32(v), vreinterpretq_f32_s32(multiplier)));
    return arith == HN_ARITH_ONCE ? v_once(v, multiplier, shift) : v_q31(v, multiplier, shift);
}

HN_INLINE vf v_pairs_low(vf x, vf y) {
    return vreinterpretq_f32_f64(vzip1q_f64(vreinterpretq_f64_f32(x), vreinterpretq_f64_f32(y)));
}
HN_INLINE vf v_pairs_high(vf x, vf y) {
    return vreinterpretq_f32_f64(vzip2q_f64(vreinterpretq_f64_f32(x), vreinterpretq_f64_f32(y)));
}

HN_INLINE void vf_transpose(const float *from, size_t step, float *to, size_t to_step) {
    const vf r0 = vld1q_f32(from), r1 = vld1q_f32(from + step);
    const vf r2 = vld1q_f32(from + 2 * step), r3 = vld1q_f32(from + 3 * step);
    const vf a = vtrn1q_f32(r0, r1), b = vtrn2q_f32(r0, r1); /* columns 0, 2 and 1, 3 */
    const vf c = vtrn1q_f32(r2, r3), d = vtrn2q_f32(r2, r3);
    vst1q_f32(to, v_pairs_low(a, c));
    vst1q_f32(to + to_step, v_pairs_low(b, d));
    vst1q_f32(to + 2 * to_step, v_pairs_high(a, c));
    vst1q_f32(to + 3 * to_step, v_pairs_high(b, d));
}

/* The last of the 2 VN floats is not read. */
HN_INLINE vf vf_even(const float *p) {
    const vf low = vld1q_f32(p), high = vld1q_f32(p + VN - 1);
    return vcombine_f32(vget_low_f32(vuzp1q_f32(low, low)), vget_low_f32(vuzp2q_f32(high, high)));
}

HN_INLINE void vf_weave_2(const float *from, size_t step, float *to) {
    const float32x4x2_t planes = {{vld1q_f32(from), vld1q_f32(from + step)}};
    vst2q_f32(to, planes);
}

HN_INLINE void vf_weave_3(const float *from, size_t step, float *to) {
    const float32x4x3_t planes = {
        {vld1q_f32(from), vld1q_f32(from + step), vld1q_f32(from + 2 * step)}};
    vst3q_f32(to, planes);
}

enum { V_WOVEN = 16 };

/* to[2 i + k] = from[i + k step], i < V_WOVEN. */
HN_INLINE void v_weave_bytes_2(const uint8_t *from, size_t step, uint8_t *to) {
    const uint8x16x2_t planes = {{vld1q_u8(from), vld1q_u8(from + step)}};
    vst2q_u8(to, planes);
}

/* to[3 i + k] = from[i + k step], i < V_WOVEN. */
HN_INLINE void v_weave_bytes_3(const uint8_t *from, size_t step, uint8_t *to) {
    const uint8x16x3_t planes = {
        {vld1q_u8(from), vld1q_u8(from + step), vld1q_u8(from + 2 * step)}};
    vst3q_u8(to, planes);
}

HN_INLINE void v_copy(uint8_t *to, const uint8_t *from, size_t n) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) vst1q_u8(to + i, vld1q_u8(from + i));
    for (; i < n; ++i) to[i] = from[i];
}

#endif
