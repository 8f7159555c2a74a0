/* SPDX-License-Identifier: Apache-2.0
 * Probes of sixteen floats, and of thirty-two 8-bit products by way of 16 bits. */
#include <immintrin.h>

#include "kernels/probe/probe_loop.h"

HN_INLINE __m512i mac_s16(__m512i x, __m512i y, __m512i sum) {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(x, y));
}

HN_INLINE int32_t first_s32(__m512i x) {
    return _mm_cvtsi128_si32(_mm512_castsi512_si128(x));
}

PROBE_LOOP(probe_f32, float, __m512, _mm512_fmadd_ps, _mm512_set1_ps, _mm512_add_ps,
           _mm512_cvtss_f32)
PROBE_LOOP(probe_s8, int32_t, __m512i, mac_s16, _mm512_set1_epi32, _mm512_add_epi32, first_s32)

const hn_probe hn_probe_avx512 = {probe_f32, probe_s8, 16, 32};
