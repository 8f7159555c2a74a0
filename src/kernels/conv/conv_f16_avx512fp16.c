/* SPDX-License-Identifier: Apache-2.0
 * Convolution of halves, 32 channels a vector: conv_tile_f16.h. */
#include "kernels/vec/vec_avx512fp16.h"

#include "kernels/conv/conv_tile_f16.h"

HN_KERNEL(hn_conv_f16_avx512fp16) {
    conv_f16_all((const hn_conv_args *)args, buf, w);
}
