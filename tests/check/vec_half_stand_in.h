/* SPDX-License-Identifier: Apache-2.0
 * The words of kernels/vec/vec_avx512fp16.h for processors that cannot multiply halves: vectors are
 * two of floats that hold halves, and every multiply-add is that of core/half.h. As slow as it is
 * plain. */
#ifndef TESTS_CHECK_VEC_HALF_STAND_IN_H
#define TESTS_CHECK_VEC_HALF_STAND_IN_H

#include "core/half.h"
#include "kernels/vec/vec_avx512.h"

typedef struct vh {
    vf part[2];
} vh;

enum { VHN = 2 * VN };

HN_INLINE vf vh_low(vh x) {
    return x.part[0];
}
HN_INLINE vf vh_high(vh x) {
    return x.part[1];
}
HN_INLINE __m256i vh_rounded(vf x) {
    return _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
HN_INLINE vh vh_join(vf low, vf high) {
    const vh x = {{_mm512_cvtph_ps(vh_rounded(low)), _mm512_cvtph_ps(vh_rounded(high))}};
    return x;
}
HN_INLINE vh vh_zero(void) {
    return vh_join(vf_set(0.0f), vf_set(0.0f));
}
HN_INLINE vh vh_load(const uint16_t *p) {
    const __m256i *halves = (const __m256i *)(const void *)p;
    const vh x = {{_mm512_cvtph_ps(_mm256_loadu_si256(halves)),
                   _mm512_cvtph_ps(_mm256_loadu_si256(halves + 1))}};
    return x;
}
HN_INLINE vh vh_load_n(const uint16_t *p, int32_t n) {
    uint16_t lane[VHN] = {0};
    for (int32_t i = 0; i < n; ++i) lane[i] = p[i];
    return vh_load(lane);
}
HN_INLINE vh vh_spread(const uint16_t *p) {
    const vf x = vf_set(hn_f32_of_f16(*p));
    return vh_join(x, x);
}
HN_INLINE void vh_store(uint16_t *p, vh x) {
    __m256i *halves = (__m256i *)(void *)p;
    _mm256_storeu_si256(halves, vh_rounded(x.part[0]));
    _mm256_storeu_si256(halves + 1, vh_rounded(x.part[1]));
}
HN_INLINE void vh_store_n(uint16_t *p, vh x, int32_t n) {
    uint16_t lane[VHN];
    vh_store(lane, x);
    for (int32_t i = 0; i < n; ++i) p[i] = lane[i];
}
HN_INLINE vh vh_fma(vh x, vh y, vh z) {
    float a[VHN], b[VHN], c[VHN];
    for (int i = 0; i < 2; ++i) {
        vf_store(a + i * VN, x.part[i]);
        vf_store(b + i * VN, y.part[i]);
        vf_store(c + i * VN, z.part[i]);
    }
    for (int i = 0; i < VHN; ++i) c[i] = hn_half_mac(c[i], a[i], b[i]);
    const vh sum = {{vf_load(c), vf_load(c + VN)}};
    return sum;
}
HN_INLINE vh vh_clamp(vh v, vh low, vh high) {
    const vh x = {{vf_clamp(v.part[0], low.part[0], high.part[0]),
                   vf_clamp(v.part[1], low.part[1], high.part[1])}};
    return x;
}

#endif
