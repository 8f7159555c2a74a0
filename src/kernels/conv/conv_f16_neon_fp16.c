/* SPDX-License-Identifier: Apache-2.0
 * Convolution of halves, eight channels a vector: conv_tile_f16.h. */
#include "kernels/vec/lanes_f16.h"

#include "kernels/conv/conv_tile_f16.h"

HN_KERNEL(hn_conv_f16_neon_fp16) {
    conv_f16_all((const hn_conv_args *)args, buf, w);
}
