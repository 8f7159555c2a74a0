/* SPDX-License-Identifier: Apache-2.0
 * Depthwise convolution of halves, 32 channels a vector: dwconv_vec_f16.h. */
#include "kernels/vec/vec_avx512fp16.h"

#include "kernels/conv/dwconv_vec_f16.h"

HN_KERNEL(hn_dwconv_f16_avx512fp16) {
    dwconv_vec_float((const hn_conv_args *)args, buf, w);
}
