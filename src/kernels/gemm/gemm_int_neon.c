/* SPDX-License-Identifier: Apache-2.0
 * Integer matrix product on signed bytes, eight products a multiplication (smull, sadalp):
 * gemm_tile_int.h. */
#include "kernels/vec/parts_s8.h"

#include "kernels/vec/tile_int.h"

#include "kernels/vec/rows_s8.h"

#include "kernels/gemm/gemm_tile_int.h"

HN_KERNEL(hn_gemm_s8_neon) {
    gemm_int_all((const hn_gemm_args *)args, buf, w, true);
}

HN_KERNEL(hn_gemm_u8_neon) {
    gemm_int_all((const hn_gemm_args *)args, buf, w, false);
}
