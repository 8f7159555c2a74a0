/* SPDX-License-Identifier: Apache-2.0
 * Integer convolution on signed bytes, eight products a multiplication (smull, sadalp):
 * conv_tile_int.h. */
#include "kernels/vec/parts_s8.h"

#include "kernels/vec/tile_int.h"

#include "kernels/vec/rows_s8.h"

#include "kernels/conv/conv_tile_int.h"

HN_KERNEL(hn_conv_s8_neon) {
    conv_int_all((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_conv_u8_neon) {
    conv_int_all((const hn_conv_args *)args, buf, w, false);
}
