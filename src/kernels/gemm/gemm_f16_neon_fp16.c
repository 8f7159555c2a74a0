/* SPDX-License-Identifier: Apache-2.0
 * Matrix product of halves, eight columns a vector: gemm_tile_f16.h. */
#include "kernels/vec/lanes_f16.h"

#include "kernels/gemm/gemm_tile_f16.h"

HN_KERNEL(hn_gemm_f16_neon_fp16) {
    gemm_f16_all((const hn_gemm_args *)args, buf, w);
}
