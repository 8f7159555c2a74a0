/* SPDX-License-Identifier: Apache-2.0
 * Probes of eight floats, and of sixteen 8-bit products by way of 16 bits. */
#include <immintrin.h>

#include "kernels/probe/probe_loop.h"

HN_INLINE __m256i mac_s16(__m256i x, __m256i y, __m256i sum) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(x, y));
}

HN_INLINE int32_t first_s32(__m256i x) {
    return _mm256_cvtsi256_si32(x);
}

PROBE_LOOP(probe_f32, float, __m256, _mm256_fmadd_ps, _mm256_set1_ps, _mm256_add_ps,
           _mm256_cvtss_f32)
PROBE_LOOP(probe_s8, int32_t, __m256i, mac_s16, _mm256_set1_epi32, _mm256_add_epi32, first_s32)

const hn_probe hn_probe_avx2 = {probe_f32, probe_s8, 8, 16};
