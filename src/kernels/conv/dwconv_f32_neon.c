/* SPDX-License-Identifier: Apache-2.0
 * Float depthwise convolution, four channels a vector: dwconv_vec_f32.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/conv/dwconv_vec_f32.h"

HN_KERNEL(hn_dwconv_f32_neon) {
    dwconv_vec_float((const hn_conv_args *)args, buf, w);
}
