/* SPDX-License-Identifier: Apache-2.0
 * Integer convolution, sixteen channels a vector, four products a step (vpdpbusd, which does
 * not saturate): conv_tile_int.h. */
#include "kernels/vec/vec_avx512.h"

HN_INLINE vi tile_mac(vi acc, vi left, vi right) {
    return _mm512_dpbusd_epi32(acc, left, right);
}

#include "kernels/vec/tile_int.h"

#include "kernels/vec/rows_u8.h"

#include "kernels/conv/conv_tile_int.h"

HN_KERNEL(hn_conv_s8_avx512vnni) {
    conv_int_all((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_conv_u8_avx512vnni) {
    conv_int_all((const hn_conv_args *)args, buf, w, false);
}

HN_KERNEL(hn_direct_s8_s32_avx512vnni) {
    conv_late_all((const hn_direct_args *)args, buf, w, true, false);
}

HN_KERNEL(hn_direct_u8_s32_avx512vnni) {
    conv_late_all((const hn_direct_args *)args, buf, w, false, false);
}

HN_KERNEL(hn_direct_s8_f32_avx512vnni) {
    conv_late_all((const hn_direct_args *)args, buf, w, true, true);
}
