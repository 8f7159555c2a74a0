/* SPDX-License-Identifier: Apache-2.0
 * Float convolution, eight channels a vector: conv_tile_f32.h. */
#include "kernels/vec/vec_avx2.h"

#include "kernels/conv/conv_tile_f32.h"

HN_KERNEL(hn_conv_f32_avx2) {
    conv_f32_all((const hn_conv_args *)args, buf, w);
}
