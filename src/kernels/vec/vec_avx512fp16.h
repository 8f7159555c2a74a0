/* SPDX-License-Identifier: Apache-2.0
 * vec_avx512.h, and vectors of 32 halves (AVX-512 FP16). vh: halves; in memory they are their bits.
 * All is arithmetic of halves, rounded to nearest, subnormals kept; vh_fma rounds once. vh_low and
 * vh_high widen half of the lanes to floats, vh_join rounds two vectors of floats. The words are
 * few, so that a kernel's body can be tried on any machine with a stand-in for them. */
#ifndef HN_KERNELS_VEC_AVX512FP16_H
#define HN_KERNELS_VEC_AVX512FP16_H

#include "kernels/vec/vec_avx512.h"

typedef __m512h vh;

enum { VHN = 32 };

HN_INLINE vh vh_of_bits(__m512i x) {
    return _mm512_castsi512_ph(x);
}
HN_INLINE __m512i vh_bits(vh x) {
    return _mm512_castph_si512(x);
}
/* The first n lanes, 0 <= n <= VHN. */
HN_INLINE __mmask32 vh_lanes(int32_t n) {
    return (__mmask32)(((uint64_t)1 << n) - 1u);
}
HN_INLINE vh vh_zero(void) {
    return vh_of_bits(_mm512_setzero_si512());
}
HN_INLINE vh vh_load(const uint16_t *p) {
    return vh_of_bits(_mm512_loadu_si512(p));
}
HN_INLINE vh vh_load_n(const uint16_t *p, int32_t n) {
    return vh_of_bits(_mm512_maskz_loadu_epi16(vh_lanes(n), p));
}
HN_INLINE vh vh_spread(const uint16_t *p) {
    return vh_of_bits(_mm512_set1_epi16((int16_t)*p));
}
HN_INLINE void vh_store(uint16_t *p, vh x) {
    _mm512_storeu_si512(p, vh_bits(x));
}
HN_INLINE void vh_store_n(uint16_t *p, vh x, int32_t n) {
    _mm512_mask_storeu_epi16(p, vh_lanes(n), vh_bits(x));
}
/* x * y + z */
HN_INLINE vh vh_fma(vh x, vh y, vh z) {
    return _mm512_fmadd_ph(x, y, z);
}
/* v < low ? low : v > high ? high : v; a NaN stays, being the second operand. */
HN_INLINE vh vh_clamp(vh v, vh low, vh high) {
    return _mm512_min_ph(high, _mm512_max_ph(low, v));
}
HN_INLINE vf vh_low(vh x) {
    return _mm512_cvtph_ps(_mm512_castsi512_si256(vh_bits(x)));
}
HN_INLINE vf vh_high(vh x) {
    return _mm512_cvtph_ps(_mm512_extracti64x4_epi64(vh_bits(x), 1));
}
HN_INLINE vh vh_join(vf low, vf high) {
    const __m256i a = _mm512_cvtps_ph(low, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m256i b = _mm512_cvtps_ph(high, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    return vh_of_bits(_mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1));
}

#endif
