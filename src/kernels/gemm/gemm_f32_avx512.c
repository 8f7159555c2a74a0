/* SPDX-License-Identifier: Apache-2.0
 * Float matrix product, sixteen columns a vector: gemm_tile_f32.h. */
#include "kernels/vec/vec_avx512.h"

#include "kernels/gemm/gemm_tile_f32.h"

HN_KERNEL(hn_gemm_f32_avx512) {
    gemm_f32_all((const hn_gemm_args *)args, buf, w);
}
