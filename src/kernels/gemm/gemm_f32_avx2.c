/* SPDX-License-Identifier: Apache-2.0
 * Float matrix product, eight columns a vector: gemm_tile_f32.h. */
#include "kernels/vec/vec_avx2.h"

#include "kernels/gemm/gemm_tile_f32.h"

HN_KERNEL(hn_gemm_f32_avx2) {
    gemm_f32_all((const hn_gemm_args *)args, buf, w);
}
