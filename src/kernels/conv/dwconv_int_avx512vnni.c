/* SPDX-License-Identifier: Apache-2.0
 * Integer depthwise convolution: windows three columns wide by columns, 64 channels at a time
 * (dwconv_columns.h), others thirty-two channels at a time (dwconv_vec_int.h). */
#include "kernels/conv/dwconv_lanes_avx512.h"

HN_INLINE vi dw_mac(vi acc, vi left, vi right) {
    return _mm512_dpwssd_epi32(acc, left, right);
}

#include "kernels/conv/dwconv_pairs.h"

#include "kernels/conv/dwconv_columns.h"
#include "kernels/conv/dwconv_vec_int.h"

/* Of one input channel: conv_int_avx512vnni.c. */
void hn_conv_s8_avx512vnni(const void *args, void *const *buf, const hn_work *w);
void hn_conv_u8_avx512vnni(const void *args, void *const *buf, const hn_work *w);

static inline void dwconv_int_any(const hn_conv_args *a, void *const *buf, const hn_work *w,
                                  bool is_signed) {
    if (hn_dwconv_is_columns(a, is_signed))
        dwcol_all(a, buf, w, is_signed);
    else if (is_signed)
        dwconv_int_all(a, buf, w, true);
    else
        dwconv_int_all(a, buf, w, false);
}

HN_KERNEL(hn_dwconv_s8_avx512vnni) {
    if (hn_dwconv_is_ordinary(args))
        hn_conv_s8_avx512vnni(args, buf, w);
    else
        dwconv_int_any((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_dwconv_u8_avx512vnni) {
    if (hn_dwconv_is_ordinary(args))
        hn_conv_u8_avx512vnni(args, buf, w);
    else
        dwconv_int_any((const hn_conv_args *)args, buf, w, false);
}
