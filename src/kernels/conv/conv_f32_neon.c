/* SPDX-License-Identifier: Apache-2.0
 * Float convolution, four channels a vector, multiplied by lanes: conv_tile_f32.h. */
#include "kernels/vec/lanes_f32.h"

#include "kernels/conv/conv_tile_f32.h"

HN_KERNEL(hn_conv_f32_neon) {
    conv_f32_all((const hn_conv_args *)args, buf, w);
}
