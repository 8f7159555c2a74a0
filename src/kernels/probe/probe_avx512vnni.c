/* SPDX-License-Identifier: Apache-2.0
 * A probe of sixty-four 8-bit products; floats are as in probe_avx512.c. */
#include <immintrin.h>

#include "kernels/probe/probe_loop.h"

HN_INLINE __m512i mac_s8(__m512i x, __m512i y, __m512i sum) {
    return _mm512_dpbusd_epi32(sum, x, y);
}

HN_INLINE int32_t first_s32(__m512i x) {
    return _mm_cvtsi128_si32(_mm512_castsi512_si128(x));
}

PROBE_LOOP(probe_s8, int32_t, __m512i, mac_s8, _mm512_set1_epi32, _mm512_add_epi32, first_s32)

const hn_probe hn_probe_avx512vnni = {0, probe_s8, 0, 64};
