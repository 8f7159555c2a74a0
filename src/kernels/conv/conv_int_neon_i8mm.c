/* SPDX-License-Identifier: Apache-2.0
 * Integer convolution on signed bytes, matrices of two by two (smmla): conv_tile_int.h. */
#include "kernels/vec/matrix_s8.h"

#include "kernels/vec/tile_int.h"

#include "kernels/vec/rows_s8.h"

#include "kernels/conv/conv_tile_int.h"

HN_KERNEL(hn_conv_s8_neon_i8mm) {
    conv_int_all((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_conv_u8_neon_i8mm) {
    conv_int_all((const hn_conv_args *)args, buf, w, false);
}

HN_KERNEL(hn_direct_s8_s32_neon_i8mm) {
    conv_late_all((const hn_direct_args *)args, buf, w, true, false);
}

HN_KERNEL(hn_direct_u8_s32_neon_i8mm) {
    conv_late_all((const hn_direct_args *)args, buf, w, false, false);
}

HN_KERNEL(hn_direct_s8_f32_neon_i8mm) {
    conv_late_all((const hn_direct_args *)args, buf, w, true, true);
}
