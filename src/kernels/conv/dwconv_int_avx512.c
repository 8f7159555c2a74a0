/* SPDX-License-Identifier: Apache-2.0
 * Integer depthwise convolution, thirty-two channels at a time, multiply and add apart:
 * dwconv_vec_int.h. */
#include "kernels/conv/dwconv_lanes_avx512.h"

HN_INLINE vi dw_mac(vi acc, vi left, vi right) {
    return _mm512_add_epi32(acc, _mm512_madd_epi16(left, right));
}

#include "kernels/conv/dwconv_pairs.h"

#include "kernels/conv/dwconv_vec_int.h"

/* Of one input channel: conv_int_avx512.c. */
void hn_conv_s8_avx512(const void *args, void *const *buf, const hn_work *w);
void hn_conv_u8_avx512(const void *args, void *const *buf, const hn_work *w);

HN_KERNEL(hn_dwconv_s8_avx512) {
    if (hn_dwconv_is_ordinary(args))
        hn_conv_s8_avx512(args, buf, w);
    else
        dwconv_int_all((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_dwconv_u8_avx512) {
    if (hn_dwconv_is_ordinary(args))
        hn_conv_u8_avx512(args, buf, w);
    else
        dwconv_int_all((const hn_conv_args *)args, buf, w, false);
}
