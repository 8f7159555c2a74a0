/* SPDX-License-Identifier: Apache-2.0
 * Integer depthwise convolution, thirty-two channels at a time, multiply and add in one:
 * dwconv_vec_int.h. */
#include "kernels/conv/dwconv_lanes_avx512.h"

HN_INLINE vi dw_mac(vi acc, vi left, vi right) {
    return _mm512_dpwssd_epi32(acc, left, right);
}

#include "kernels/conv/dwconv_vec_int.h"

HN_KERNEL(hn_dwconv_s8_avx512vnni) {
    dwconv_int_all((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_dwconv_u8_avx512vnni) {
    dwconv_int_all((const hn_conv_args *)args, buf, w, false);
}
