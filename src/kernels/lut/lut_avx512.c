/* SPDX-License-Identifier: Apache-2.0
 * Table look-up of bytes, sixty-four at a time: lut_choose.h. */
#include "kernels/vec/vec_avx512.h"

enum { LUT_BYTES = 64 };

HN_INLINE vb lut_read(const uint8_t *p) {
    return _mm512_loadu_si512(p);
}
HN_INLINE void lut_write(uint8_t *p, vb x) {
    _mm512_storeu_si512(p, x);
}
HN_INLINE vb lut_part(const uint8_t *p) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)p));
}
HN_INLINE vb lut_look(vb part, vb x) {
    return _mm512_shuffle_epi8(part, _mm512_and_si512(x, _mm512_set1_epi8(15)));
}
HN_INLINE vb lut_choose(vb x, int bit, vb without, vb with) {
    const __mmask64 set = _mm512_test_epi8_mask(x, _mm512_set1_epi8((char)(1 << bit)));
    return _mm512_mask_blend_epi8(set, without, with);
}

#include "kernels/lut/lut_choose.h"

#include "kernels/lut/lut_vec.h"

HN_KERNEL(hn_lut_b8_avx512) {
    lut_vec((const hn_lut_args *)args, buf, w);
}
