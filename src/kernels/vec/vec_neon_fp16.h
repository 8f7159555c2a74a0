/* SPDX-License-Identifier: Apache-2.0
 * vec_neon.h, and vectors of eight halves (Armv8.2 FP16). vh: halves; in memory they are their
 * bits. What the words do is said in vec_avx512fp16.h. */
#ifndef HN_KERNELS_VEC_NEON_FP16_H
#define HN_KERNELS_VEC_NEON_FP16_H

#include "kernels/vec/vec_neon.h"

typedef float16x8_t vh;

enum { VHN = 8 };

HN_INLINE vh vh_of_bits(uint16x8_t x) {
    return vreinterpretq_f16_u16(x);
}
HN_INLINE vh vh_zero(void) {
    return vh_of_bits(vdupq_n_u16(0));
}
HN_INLINE vh vh_load(const uint16_t *p) {
    return vh_of_bits(vld1q_u16(p));
}
HN_INLINE vh vh_load_n(const uint16_t *p, int32_t n) {
    uint16_t lane[VHN] = {0};
    for (int32_t i = 0; i < n; ++i) lane[i] = p[i];
    return vh_load(lane);
}
HN_INLINE vh vh_spread(const uint16_t *p) {
    return vh_of_bits(vld1q_dup_u16(p));
}
HN_INLINE void vh_store(uint16_t *p, vh x) {
    vst1q_u16(p, vreinterpretq_u16_f16(x));
}
HN_INLINE void vh_store_n(uint16_t *p, vh x, int32_t n) {
    uint16_t lane[VHN];
    vh_store(lane, x);
    for (int32_t i = 0; i < n; ++i) p[i] = lane[i];
}
HN_INLINE vh vh_fma(vh x, vh y, vh z) {
    return vfmaq_f16(z, x, y);
}
HN_INLINE vh vh_clamp(vh v, vh low, vh high) {
    const vh x = vbslq_f16(vcltq_f16(v, low), low, v);
    return vbslq_f16(vcltq_f16(high, x), high, x);
}
HN_INLINE vf vh_low(vh x) {
    return vcvt_f32_f16(vget_low_f16(x));
}
HN_INLINE vf vh_high(vh x) {
    return vcvt_high_f32_f16(x);
}
HN_INLINE vh vh_join(vf low, vf high) {
    return vcvt_high_f16_f32(vcvt_f16_f32(low), high);
}

#endif
