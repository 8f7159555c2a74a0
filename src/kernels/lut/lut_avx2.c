/* SPDX-License-Identifier: Apache-2.0
 * Table look-up of bytes, thirty-two at a time: lut_choose.h. */
#include "kernels/vec/vec_avx2.h"

enum { LUT_BYTES = 32 };

HN_INLINE vb lut_read(const uint8_t *p) {
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
HN_INLINE void lut_write(uint8_t *p, vb x) {
    _mm256_storeu_si256((__m256i *)(void *)p, x);
}
HN_INLINE vb lut_part(const uint8_t *p) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p));
}
HN_INLINE vb lut_look(vb part, vb x) {
    return _mm256_shuffle_epi8(part, _mm256_and_si256(x, _mm256_set1_epi8(15)));
}
HN_INLINE vb lut_choose(vb x, int bit, vb without, vb with) {
    return _mm256_blendv_epi8(without, with, _mm256_slli_epi16(x, 7 - bit));
}

#include "kernels/lut/lut_choose.h"

#include "kernels/lut/lut_vec.h"

HN_KERNEL(hn_lut_b8_avx2) {
    lut_vec((const hn_lut_args *)args, buf, w);
}
