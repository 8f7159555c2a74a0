/* SPDX-License-Identifier: Apache-2.0
 * Float matrix product, four columns a vector, multiplied by lanes: gemm_tile_f32.h. */
#include "kernels/vec/lanes_f32.h"

#include "kernels/gemm/gemm_tile_f32.h"

HN_KERNEL(hn_gemm_f32_neon) {
    gemm_f32_all((const hn_gemm_args *)args, buf, w);
}
