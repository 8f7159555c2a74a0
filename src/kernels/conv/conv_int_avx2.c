/* SPDX-License-Identifier: Apache-2.0
 * Integer convolution, eight channels a vector, two products a step (vpmaddwd): conv_tile_int.h. */
#include "kernels/vec/vec_avx2.h"

HN_INLINE vi tile_mac(vi acc, vi left, vi right) {
    return _mm256_add_epi32(acc, _mm256_madd_epi16(left, right));
}

#include "kernels/vec/tile_int.h"

#include "kernels/vec/rows_s16.h"

#include "kernels/conv/conv_tile_int.h"

HN_KERNEL(hn_conv_s8_avx2) {
    conv_int_all((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_conv_u8_avx2) {
    conv_int_all((const hn_conv_args *)args, buf, w, false);
}

HN_KERNEL(hn_direct_s8_s32_avx2) {
    conv_late_all((const hn_direct_args *)args, buf, w, true, false);
}

HN_KERNEL(hn_direct_u8_s32_avx2) {
    conv_late_all((const hn_direct_args *)args, buf, w, false, false);
}

HN_KERNEL(hn_direct_s8_f32_avx2) {
    conv_late_all((const hn_direct_args *)args, buf, w, true, true);
}
