/* SPDX-License-Identifier: Apache-2.0
 * Two or three planes of bytes become pixels, by SSSE3, which all x86 levels have. */
#ifndef HN_KERNELS_VEC_WEAVE_X86_H
#define HN_KERNELS_VEC_WEAVE_X86_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "core/assume.h"

enum { V_WOVEN = 16 }; /* pixels at a time */

/* Row 3 j + k: which byte of plane k goes to each of bytes 16 j ...; 128: none. */
static const uint8_t v_weave_from[9][16] = {
    {0, 128, 128, 1, 128, 128, 2, 128, 128, 3, 128, 128, 4, 128, 128, 5},
    {128, 0, 128, 128, 1, 128, 128, 2, 128, 128, 3, 128, 128, 4, 128, 128},
    {128, 128, 0, 128, 128, 1, 128, 128, 2, 128, 128, 3, 128, 128, 4, 128},
    {128, 128, 6, 128, 128, 7, 128, 128, 8, 128, 128, 9, 128, 128, 10, 128},
    {5, 128, 128, 6, 128, 128, 7, 128, 128, 8, 128, 128, 9, 128, 128, 10},
    {128, 5, 128, 128, 6, 128, 128, 7, 128, 128, 8, 128, 128, 9, 128, 128},
    {128, 11, 128, 128, 12, 128, 128, 13, 128, 128, 14, 128, 128, 15, 128, 128},
    {128, 128, 11, 128, 128, 12, 128, 128, 13, 128, 128, 14, 128, 128, 15, 128},
    {10, 128, 128, 11, 128, 128, 12, 128, 128, 13, 128, 128, 14, 128, 128, 15},
};

/* to[2 i + k] = from[i + k step], i < V_WOVEN. */
HN_INLINE void v_weave_bytes_2(const uint8_t *from, size_t step, uint8_t *to) {
    const __m128i a = _mm_loadu_si128((const __m128i *)(const void *)from);
    const __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(from + step));
    _mm_storeu_si128((__m128i *)(void *)to, _mm_unpacklo_epi8(a, b));
    _mm_storeu_si128((__m128i *)(void *)(to + 16), _mm_unpackhi_epi8(a, b));
}

/* to[3 i + k] = from[i + k step], i < V_WOVEN. */
HN_INLINE void v_weave_bytes_3(const uint8_t *from, size_t step, uint8_t *to) {
    __m128i plane[3];
    for (size_t k = 0; k < 3; ++k)
        plane[k] = _mm_loadu_si128((const __m128i *)(const void *)(from + k * step));
    for (size_t j = 0; j < 3; ++j) {
        __m128i woven = _mm_setzero_si128();
        for (size_t k = 0; k < 3; ++k) {
            const void *at = v_weave_from[3 * j + k];
            const __m128i pick = _mm_loadu_si128((const __m128i *)at);
            woven = _mm_or_si128(woven, _mm_shuffle_epi8(plane[k], pick));
        }
        _mm_storeu_si128((__m128i *)(void *)(to + 16 * j), woven);
    }
}

#endif
