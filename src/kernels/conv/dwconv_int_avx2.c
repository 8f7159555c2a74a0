/* SPDX-License-Identifier: Apache-2.0
 * Integer depthwise convolution, sixteen channels at a time: dwconv_vec_int.h. Eight channels are
 * half a load; other parts of a block go by the stack. */
#include "kernels/vec/vec_avx2.h"

#include <stdbool.h>

HN_INLINE vi dw_widen(__m128i bytes, bool is_signed) {
    return is_signed ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
}

HN_INLINE vi dw_load(const uint8_t *p, bool is_signed) {
    return dw_widen(_mm_loadu_si128((const __m128i *)(const void *)p), is_signed);
}

HN_INLINE vi dw_load_n(const uint8_t *p, int32_t n, bool is_signed) {
    uint8_t bytes[16] = {0};
    if (n == 8) return dw_widen(_mm_loadl_epi64((const __m128i *)(const void *)p), is_signed);
    for (int32_t i = 0; i < n; ++i) bytes[i] = p[i];
    return dw_load(bytes, is_signed);
}

HN_INLINE vi dw_low(vi x, vi y) {
    return _mm256_unpacklo_epi16(x, y);
}

HN_INLINE vi dw_high(vi x, vi y) {
    return _mm256_unpackhi_epi16(x, y);
}

HN_INLINE __m128i dw_narrow(vi low, vi high) {
    const vi words = _mm256_and_si256(_mm256_packs_epi32(low, high), _mm256_set1_epi16(0xff));
    return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

HN_INLINE void dw_store(uint8_t *p, vi low, vi high) {
    _mm_storeu_si128((__m128i *)(void *)p, dw_narrow(low, high));
}

HN_INLINE void dw_store_n(uint8_t *p, vi low, vi high, int32_t n) {
    uint8_t bytes[16];
    if (n == 8) {
        _mm_storel_epi64((__m128i *)(void *)p, dw_narrow(low, high));
        return;
    }
    dw_store(bytes, low, high);
    for (int32_t i = 0; i < n; ++i) p[i] = bytes[i];
}

HN_INLINE vi dw_mac(vi acc, vi left, vi right) {
    return _mm256_add_epi32(acc, _mm256_madd_epi16(left, right));
}

#include "kernels/conv/dwconv_pairs.h"

#include "kernels/conv/dwconv_vec_int.h"

/* Of one input channel: conv_int_avx2.c. */
void hn_conv_s8_avx2(const void *args, void *const *buf, const hn_work *w);
void hn_conv_u8_avx2(const void *args, void *const *buf, const hn_work *w);

HN_KERNEL(hn_dwconv_s8_avx2) {
    if (hn_dwconv_is_ordinary(args))
        hn_conv_s8_avx2(args, buf, w);
    else
        dwconv_int_all((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_dwconv_u8_avx2) {
    if (hn_dwconv_is_ordinary(args))
        hn_conv_u8_avx2(args, buf, w);
    else
        dwconv_int_all((const hn_conv_args *)args, buf, w, false);
}
