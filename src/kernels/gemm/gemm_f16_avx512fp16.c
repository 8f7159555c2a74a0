/* SPDX-License-Identifier: Apache-2.0
 * Matrix product of halves, 32 columns a vector: gemm_tile_f16.h. */
#include "kernels/vec/vec_avx512fp16.h"

#include "kernels/gemm/gemm_tile_f16.h"

HN_KERNEL(hn_gemm_f16_avx512fp16) {
    gemm_f16_all((const hn_gemm_args *)args, buf, w);
}
