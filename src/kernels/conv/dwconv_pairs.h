/* SPDX-License-Identifier: Apache-2.0
 * dw_pair of dwconv_vec_int.h where one instruction multiplies neighbouring words and adds the two
 * products (x86): two taps are interleaved. The includer has defined dw_low and dw_high, which
 * interleave the words of each quarter's halves, and dw_mac. */
#ifndef HN_KERNELS_CONV_DWCONV_PAIRS_H
#define HN_KERNELS_CONV_DWCONV_PAIRS_H

typedef vi dw_v;

HN_INLINE void dw_pair(vi *low, vi *high, dw_v left, dw_v next, const vi right[2]) {
    *low = dw_mac(*low, dw_low(left, next), right[0]);
    *high = dw_mac(*high, dw_high(left, next), right[1]);
}

#endif
