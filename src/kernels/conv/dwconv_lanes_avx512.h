/* SPDX-License-Identifier: Apache-2.0
 * Thirty-two channels for dwconv_vec_int.h: AVX-512, with and without VNNI. */
#ifndef HN_KERNELS_CONV_DWCONV_LANES_AVX512_H
#define HN_KERNELS_CONV_DWCONV_LANES_AVX512_H

#include "kernels/vec/vec_avx512.h"

#include <stdbool.h>

HN_INLINE vi dw_load(const uint8_t *p, bool is_signed) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    return is_signed ? _mm512_cvtepi8_epi16(bytes) : _mm512_cvtepu8_epi16(bytes);
}

HN_INLINE __mmask32 dw_lanes(int32_t n) {
    return (__mmask32)((UINT64_C(1) << n) - 1);
}

HN_INLINE vi dw_load_n(const uint8_t *p, int32_t n, bool is_signed) {
    const __m256i bytes = _mm256_maskz_loadu_epi8(dw_lanes(n), p);
    return is_signed ? _mm512_cvtepi8_epi16(bytes) : _mm512_cvtepu8_epi16(bytes);
}

HN_INLINE vi dw_low(vi x, vi y) {
    return _mm512_unpacklo_epi16(x, y);
}

HN_INLINE vi dw_high(vi x, vi y) {
    return _mm512_unpackhi_epi16(x, y);
}

HN_INLINE void dw_store(uint8_t *p, vi low, vi high) {
    const __m256i bytes = _mm512_cvtepi16_epi8(_mm512_packs_epi32(low, high));
    _mm256_storeu_si256((__m256i *)(void *)p, bytes);
}

HN_INLINE void dw_store_n(uint8_t *p, vi low, vi high, int32_t n) {
    const __m256i bytes = _mm512_cvtepi16_epi8(_mm512_packs_epi32(low, high));
    _mm256_mask_storeu_epi8(p, dw_lanes(n), bytes);
}

#endif
